export interface DetectionScores {
  /** Mean over classes and IoU 0.50, 0.55 … 0.95. */
  readonly AP: number;
  readonly AP50: number;
  readonly AP75: number;
  /** Mean recall with at most 1, 10, 100 detections an image and class. */
  readonly AR1: number;
  readonly AR10: number;
  readonly AR100: number;
  /** Mean over IoU of each class that has ground truth, by rising class. */
  readonly perClassAP: Float64Array;
}

/** What true and found objects belong to; any integers. */
export interface Labelled {
  readonly images: ArrayLike<number>;
  readonly classes: ArrayLike<number>;
}

/** Found objects with scores. */
export interface Scored extends Labelled {
  readonly scores: ArrayLike<number>;
}

/** Intersection over union of a found and a true object, by their places in the lists. */
type Overlap = (found: number, truth: number) => number;

// To the last bit as numpy.linspace makes them: 35 * 0.01 is above 21 / 60, 35 / 100 is not.
const THRESHOLDS = Array.from({ length: 10 }, (_, step) => step * ((0.95 - 0.5) / 9) + 0.5);
const RECALLS = Array.from({ length: 101 }, (_, step) => step * 0.01);
const EPSILON = 2 ** -52;

/**
 * COCO's scores of found objects, whatever an overlap is; what `cocoDetectionAp` and `cocoMaskAp` have in common.
 *
 * @param where - name of the calling function, for messages
 * @throws Error for lists that do not fit together, scores that are not finite, no true object
 */
export function cocoAp(
  truth: Labelled,
  detections: Scored,
  overlap: Overlap,
  where: string,
): DetectionScores {
  if (detections.scores.length !== detections.classes.length) {
    throw new Error(
      `${where}: ${detections.classes.length} detections and ${detections.scores.length} scores.`,
    );
  }
  for (let at = 0; at < detections.scores.length; at++) {
    if (!Number.isFinite(detections.scores[at])) {
      throw new Error(`${where}: score ${at} is ${detections.scores[at]}.`);
    }
  }
  const classes = [...new Set(Array.from(truth.classes))].sort((a, b) => a - b);
  if (classes.length === 0) throw new Error(`${where}: there is no true object.`);

  const perThreshold = classes.map((label) => {
    const images = matchClass(truth, detections, overlap, label);
    return THRESHOLDS.map((_, at) => ({
      ap: interpolatedPrecision(images, at),
      recalls: [1, 10, 100].map((most) => recall(images, at, most)),
    }));
  });
  const overClasses = (pick: (entry: { ap: number; recalls: number[] }) => number, at?: number): number =>
    average(
      perThreshold.map((entries) => (at === undefined ? average(entries.map(pick)) : pick(entries[at]))),
    );
  return {
    AP: overClasses(({ ap }) => ap),
    AP50: overClasses(({ ap }) => ap, 0),
    AP75: overClasses(({ ap }) => ap, 5),
    AR1: overClasses(({ recalls }) => recalls[0]),
    AR10: overClasses(({ recalls }) => recalls[1]),
    AR100: overClasses(({ recalls }) => recalls[2]),
    perClassAP: Float64Array.from(perThreshold, (entries) => average(entries.map(({ ap }) => ap))),
  };
}

/** One image and class: detections by falling score with, per threshold, whether they match. */
interface ImageMatches {
  readonly truths: number;
  readonly scores: number[];
  /** [thresholds][detections] */
  readonly hits: boolean[][];
}

function matchClass(truth: Labelled, detections: Scored, overlap: Overlap, label: number): ImageMatches[] {
  const members = (set: Labelled): Map<number, number[]> => {
    const byImage = new Map<number, number[]>();
    for (let at = 0; at < set.classes.length; at++) {
      if (set.classes[at] === label)
        byImage.set(set.images[at], [...(byImage.get(set.images[at]) ?? []), at]);
    }
    return byImage;
  };
  const [truths, found] = [members(truth), members(detections)];
  const images = [...new Set([...truths.keys(), ...found.keys()])].sort((a, b) => a - b);
  return images.map((image) => {
    const own = truths.get(image) ?? [];
    const order = (found.get(image) ?? [])
      .sort((i, j) => detections.scores[j] - detections.scores[i])
      .slice(0, 100);
    const overlaps = order.map((d) => own.map((g) => overlap(d, g)));
    return {
      truths: own.length,
      scores: order.map((at) => detections.scores[at]),
      hits: THRESHOLDS.map((threshold) => greedy(overlaps, own.length, threshold)),
    };
  });
}

function greedy(overlaps: readonly number[][], truths: number, threshold: number): boolean[] {
  const taken = new Uint8Array(truths);
  return overlaps.map((row) => {
    let best = Math.min(threshold, 1 - 1e-10);
    let match = -1;
    row.forEach((value, at) => {
      if (taken[at] || value < best) return; // an equal later box takes over, as in COCO
      best = value;
      match = at;
    });
    if (match >= 0) taken[match] = 1;
    return match >= 0;
  });
}

function interpolatedPrecision(images: readonly ImageMatches[], threshold: number): number {
  const positives = images.reduce((sum, { truths }) => sum + truths, 0);
  const ranked = images
    .flatMap(({ scores, hits }) => scores.map((score, at) => ({ score, hit: hits[threshold][at] })))
    .sort((a, b) => b.score - a.score);
  let hits = 0;
  const recalls: number[] = [];
  const precisions = ranked.map(({ hit }, at) => {
    hits += Number(hit);
    recalls.push(hits / positives);
    return hits / (at + 1 + EPSILON);
  });
  for (let at = precisions.length - 2; at >= 0; at--)
    precisions[at] = Math.max(precisions[at], precisions[at + 1]);
  let at = 0;
  return average(
    RECALLS.map((wanted) => {
      while (at < recalls.length && recalls[at] < wanted) at++;
      return precisions[at] ?? 0;
    }),
  );
}

function recall(images: readonly ImageMatches[], threshold: number, most: number): number {
  const positives = images.reduce((sum, { truths }) => sum + truths, 0);
  const hits = images.reduce(
    (sum, image) => sum + image.hits[threshold].slice(0, most).filter(Boolean).length,
    0,
  );
  return hits / positives;
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
