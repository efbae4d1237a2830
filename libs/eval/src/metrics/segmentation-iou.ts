export interface SegmentationScores {
  /** [C], TP / (TP + FP + FN); 0 for a class that occurs nowhere. */
  readonly iou: Float64Array;
  /** Mean over the classes that occur in prediction or target. */
  readonly miou: number;
  readonly pixelAccuracy: number;
  /** [C, C], rows are targets, columns predictions. */
  readonly confusion: Int32Array;
}

/**
 * Intersection over union per class over all pixels given (one image or a whole data set), in double precision.
 *
 * @param prediction - class of every pixel, in [0, C)
 * @param target - class of every pixel, in [0, C) or `ignoreIndex`
 * @param options.ignoreIndex - target value whose pixels are left out, or null
 * @throws Error for lengths that differ, a class out of range (with its pixel), no pixel left
 */
export function segmentationIoU(
  prediction: ArrayLike<number>,
  target: ArrayLike<number>,
  { numClasses, ignoreIndex }: { readonly numClasses: number; readonly ignoreIndex: number | null },
): SegmentationScores {
  if (prediction.length !== target.length) {
    throw new Error(
      `segmentationIoU: prediction has ${prediction.length} pixels and target ${target.length}.`,
    );
  }
  const confusion = new Int32Array(numClasses * numClasses);
  let pixels = 0;
  let right = 0;
  for (let at = 0; at < target.length; at++) {
    if (target[at] === ignoreIndex) continue;
    for (const [name, value] of [
      ['prediction', prediction[at]],
      ['target', target[at]],
    ] as const) {
      if (!(Number.isInteger(value) && value >= 0 && value < numClasses)) {
        throw new Error(
          `segmentationIoU: ${name} of pixel ${at} is ${value}; classes lie in [0, ${numClasses}).`,
        );
      }
    }
    confusion[target[at] * numClasses + prediction[at]]++;
    pixels++;
    if (prediction[at] === target[at]) right++;
  }
  if (pixels === 0) throw new Error('segmentationIoU: every pixel is ignored.');

  const iou = new Float64Array(numClasses);
  let [sum, present] = [0, 0];
  for (let label = 0; label < numClasses; label++) {
    let union = -confusion[label * numClasses + label];
    for (let other = 0; other < numClasses; other++) {
      union += confusion[label * numClasses + other] + confusion[other * numClasses + label];
    }
    if (union === 0) continue;
    iou[label] = confusion[label * numClasses + label] / union;
    sum += iou[label];
    present++;
  }
  return { iou, miou: sum / present, pixelAccuracy: right / pixels, confusion };
}
