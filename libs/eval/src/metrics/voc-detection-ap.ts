import { averagePrecision } from './average-precision.ts';
import { boxIou, checkBoxes, type Boxes } from './box-iou.ts';

/** Boxes (x0, y0, x1, y1) of one class with the image each belongs to. */
export interface VocTruth {
  readonly boxes: Boxes;
  readonly images: ArrayLike<number>;
  /** 1 where a box is "difficult": neither hit nor miss. */
  readonly difficult: ArrayLike<number>;
}

export interface VocDetections {
  readonly boxes: Boxes;
  readonly images: ArrayLike<number>;
  readonly scores: ArrayLike<number>;
}

/**
 * Pascal VOC average precision of one class at IoU >= 0.5 (the rule of the development kits, with continuous corners).
 *
 * By falling score each detection is assigned to the true box of its image that it overlaps most: a first hit is right, a second hit or an overlap below
 * the threshold is wrong, and one assigned to a difficult box does not count.
 *
 * @param options.kind - `voc07` for the 11-point rule, `vocArea` from 2010 on
 * @throws Error for bad boxes, lists that do not fit, no true box that is not difficult
 */
export function vocDetectionAp(
  truth: VocTruth,
  detections: VocDetections,
  { kind, threshold }: { readonly kind: 'voc07' | 'vocArea'; readonly threshold: number },
): number {
  const [T, M] = [
    checkBoxes(truth.boxes, 'vocDetectionAp: truth'),
    checkBoxes(detections.boxes, 'vocDetectionAp: detections'),
  ];
  if (
    truth.images.length !== T ||
    truth.difficult.length !== T ||
    detections.images.length !== M ||
    detections.scores.length !== M
  ) {
    throw new Error(
      `vocDetectionAp: images, difficult and scores must have one entry a box (${T} true, ${M} found).`,
    );
  }
  const box = (boxes: Boxes, at: number): number[] => [0, 1, 2, 3].map((side) => boxes[4 * at + side]);
  const taken = new Uint8Array(T);
  const scores: number[] = [];
  const labels: number[] = [];
  const order = Array.from({ length: M }, (_, at) => at).sort(
    (i, j) => detections.scores[j] - detections.scores[i],
  );
  for (const at of order) {
    let [best, match] = [-1, -1];
    for (let other = 0; other < T; other++) {
      if (truth.images[other] !== detections.images[at]) continue;
      const [overlap] = boxIou(box(detections.boxes, at), box(truth.boxes, other));
      if (overlap > best) [best, match] = [overlap, other];
    }
    const hit = best >= threshold;
    if (hit && truth.difficult[match] === 1) continue;
    scores.push(detections.scores[at]);
    labels.push(Number(hit && !taken[match]));
    if (hit) taken[match] = 1;
  }
  // Boxes never found are positives that no threshold reaches: they count in recall alone.
  const positives = Array.from(truth.difficult).filter((flag) => flag !== 1).length;
  if (positives === 0) throw new Error('vocDetectionAp: no true box counts; leave this class out.');
  const hits = labels.reduce((sum, label) => sum + label, 0);
  if (hits === 0) return 0;
  return kind === 'vocArea'
    ? (averagePrecision(scores, labels, kind) * hits) / positives
    : elevenPoint(scores, labels, positives);
}

function elevenPoint(scores: readonly number[], labels: readonly number[], positives: number): number {
  const curve: { recall: number; precision: number }[] = [];
  let hits = 0;
  labels.forEach((label, at) => {
    hits += label;
    if (at + 1 < labels.length && scores[at + 1] === scores[at]) return;
    curve.push({ recall: hits / positives, precision: hits / (at + 1) });
  });
  let sum = 0;
  for (let tenth = 0; tenth <= 10; tenth++) {
    const reached = curve
      .filter(({ recall }) => recall >= tenth / 10 - 1e-12)
      .map(({ precision }) => precision);
    sum += Math.max(0, ...reached) / 11;
  }
  return sum;
}
