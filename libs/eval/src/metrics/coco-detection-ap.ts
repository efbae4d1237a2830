import { cocoAp, type DetectionScores } from './coco-ap.ts';

/** Boxes with what they belong to; `boxes` holds x, y, width, height of each, images and classes are any integers. */
export interface DetectionTruth {
  readonly boxes: ArrayLike<number>;
  readonly images: ArrayLike<number>;
  readonly classes: ArrayLike<number>;
}

/** Predicted boxes with scores. */
export interface Detections extends DetectionTruth {
  readonly scores: ArrayLike<number>;
}

/**
 * COCO box detection scores over boxes of all sizes, none of them crowds.
 *
 * Per class and image the (at most 100) best detections take, by falling score, the free true box of largest IoU that reaches the threshold. AP is the mean
 * of the precision envelope at recalls 0, 0.01 … 1. Detections of a class without ground truth are not counted, as in COCO.
 *
 * @throws Error for lists that do not fit together, numbers that are not finite, no ground truth
 * @see pycocotools 2.0.11 COCOeval('bbox'), area 'all'
 */
export function cocoDetectionAp(truth: DetectionTruth, detections: Detections): DetectionScores {
  check(truth, 'truth');
  check(detections, 'detections');
  const overlap = (d: number, g: number): number => boxOverlap(detections.boxes, d, truth.boxes, g);
  return cocoAp(truth, detections, overlap, 'cocoDetectionAp');
}

function boxOverlap(a: ArrayLike<number>, i: number, b: ArrayLike<number>, j: number): number {
  const [ax, ay, aw, ah] = [a[4 * i], a[4 * i + 1], a[4 * i + 2], a[4 * i + 3]];
  const [bx, by, bw, bh] = [b[4 * j], b[4 * j + 1], b[4 * j + 2], b[4 * j + 3]];
  const width = Math.min(ax + aw, bx + bw) - Math.max(ax, bx);
  const height = Math.min(ay + ah, by + bh) - Math.max(ay, by);
  if (width <= 0 || height <= 0) return 0;
  return (width * height) / (aw * ah + bw * bh - width * height);
}

function check({ boxes, images, classes }: DetectionTruth, name: string): void {
  if (boxes.length !== 4 * images.length || images.length !== classes.length) {
    throw new Error(
      `cocoDetectionAp: ${name} has ${boxes.length} box numbers, ${images.length} images and ${classes.length} classes; needs 4 : 1 : 1.`,
    );
  }
  for (let at = 0; at < boxes.length; at++) {
    if (!Number.isFinite(boxes[at])) {
      throw new Error(`cocoDetectionAp: box ${Math.floor(at / 4)} of ${name} holds ${boxes[at]}.`);
    }
  }
}
