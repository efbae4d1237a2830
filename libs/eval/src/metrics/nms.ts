import { boxIou, checkBoxes, type Boxes } from './box-iou.ts';

/**
 * Greedy non-maximum suppression: boxes by falling score, each kept unless its IoU with a kept one exceeds the threshold.
 *
 * @param threshold - in [0, 1]; a box at exactly the threshold stays
 * @returns indices of the kept boxes by falling score, the earlier box first on a tie
 * @throws Error for bad boxes, NaN scores, a threshold out of range
 */
export function nms(
  boxes: Boxes,
  scores: ArrayLike<number>,
  { threshold }: { readonly threshold: number },
): Int32Array {
  const n = checkBoxes(boxes, 'nms: boxes');
  if (scores.length !== n) throw new Error(`nms: ${n} boxes and ${scores.length} scores.`);
  if (!(threshold >= 0 && threshold <= 1))
    throw new Error(`nms: threshold must lie in [0, 1], got ${threshold}.`);
  for (let at = 0; at < n; at++) if (Number.isNaN(scores[at])) throw new Error(`nms: score ${at} is NaN.`);

  const order = Array.from({ length: n }, (_, at) => at).sort((i, j) => scores[j] - scores[i]);
  const box = (at: number): number[] => [0, 1, 2, 3].map((side) => boxes[4 * at + side]);
  const kept: number[] = [];
  for (const at of order) {
    const overlaps = boxIou(box(at), kept.flatMap(box));
    if (overlaps.every((overlap) => overlap <= threshold)) kept.push(at);
  }
  return Int32Array.from(kept);
}
