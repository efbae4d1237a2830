import { boxIou, checkBoxes, type Boxes } from './box-iou.ts';

/**
 * CorLoc: share of images whose one predicted box has IoU >= 0.5 with any true box.
 *
 * @param predicted - one box (x0, y0, x1, y1) an image; corners are continuous, so add 1 to inclusive pixel indices x1, y1
 * @param truths - true boxes of each image, at least one
 * @returns [B] hits (0 or 1) and their mean
 * @throws Error for bad boxes, images without a true box
 */
export function corLoc(
  predicted: Boxes,
  truths: readonly Boxes[],
): { readonly hits: Int32Array; readonly accuracy: number } {
  const B = checkBoxes(predicted, 'corLoc: predicted');
  if (B === 0 || truths.length !== B)
    throw new Error(`corLoc: ${B} predicted boxes and ${truths.length} images.`);
  const hits = Int32Array.from(truths, (boxes, image) => {
    if (boxes.length === 0) throw new Error(`corLoc: image ${image} has no true box; leave it out.`);
    const own = [0, 1, 2, 3].map((side) => predicted[4 * image + side]);
    return Number(boxIou(own, boxes).some((overlap) => overlap >= 0.5));
  });
  return { hits, accuracy: hits.reduce((sum, hit) => sum + hit, 0) / B };
}
