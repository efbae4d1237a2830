/**
 * How the precision-recall curve becomes one number.
 *
 * `nonInterpolated`: sum over distinct scores of (R_k - R_(k-1)) P_k. `voc07`: mean over recalls 0, 0.1 … 1 of the largest precision
 * at that recall or more. `vocArea`: area under the monotone envelope (VOC 2010 on).
 */
export type AveragePrecisionKind = 'nonInterpolated' | 'voc07' | 'vocArea';

/**
 * Average precision of a ranking; all members of a tie enter the curve together.
 *
 * @param scores - larger means more likely positive
 * @param labels - 1 positive, 0 negative
 * @returns in [0, 1]; with all scores equal, the share of positives
 * @throws Error for NaN (with its position), labels other than 0 and 1, no positive
 * @see scikit-learn average_precision_score; VOC development kits
 *
 * @example
 * averagePrecision([0.9, 0.8, 0.1], [1, 0, 1], 'nonInterpolated'); // 0.8333…
 */
export function averagePrecision(
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
  kind: AveragePrecisionKind,
): number {
  const { precision, recall } = precisionRecall(scores, labels, 'averagePrecision');
  if (kind === 'nonInterpolated') {
    return precision.reduce(
      (sum, value, at) => sum + value * (recall[at] - (at === 0 ? 0 : recall[at - 1])),
      0,
    );
  }
  const envelope = precision.slice();
  for (let at = envelope.length - 2; at >= 0; at--) envelope[at] = Math.max(envelope[at], envelope[at + 1]);
  if (kind === 'vocArea') {
    return envelope.reduce(
      (sum, value, at) => sum + value * (recall[at] - (at === 0 ? 0 : recall[at - 1])),
      0,
    );
  }
  let sum = 0;
  for (let tenth = 0; tenth <= 10; tenth++) {
    const at = recall.findIndex((value) => value >= tenth / 10 - 1e-12); // 3/10 and 0.1 * 3 differ in the last bit
    sum += (at < 0 ? 0 : envelope[at]) / 11;
  }
  return sum;
}

/** Precision and recall after each distinct score, from the largest down. */
export function precisionRecall(
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
  where: string,
): { readonly precision: number[]; readonly recall: number[] } {
  if (scores.length !== labels.length) {
    throw new Error(`${where}: ${scores.length} scores and ${labels.length} labels.`);
  }
  const [positive, negative] = sortedByLabel(scores, labels, where);
  const precision: number[] = [];
  const recall: number[] = [];
  let [hits, misses] = [0, 0];
  // Both lists from their ends: all of one score enter, then the curve gets a point.
  while (hits < positive.length || misses < negative.length) {
    const p = positive.at(-1 - hits);
    const n = negative.at(-1 - misses);
    const score = Math.max(p ?? -Infinity, n ?? -Infinity);
    while (positive.at(-1 - hits) === score) hits++;
    while (negative.at(-1 - misses) === score) misses++;
    precision.push(hits / (hits + misses));
    recall.push(hits / positive.length);
  }
  return { precision, recall };
}

/** Scores of positives and of negatives, each rising. */
function sortedByLabel(
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
  where: string,
): [Float64Array, Float64Array] {
  let positives = 0;
  for (let at = 0; at < labels.length; at++) {
    if (!Number.isFinite(scores[at])) throw new Error(`${where}: score ${at} is ${scores[at]}.`);
    if (labels[at] !== 0 && labels[at] !== 1) {
      throw new Error(`${where}: label ${at} is ${labels[at]}, must be 0 or 1.`);
    }
    positives += labels[at];
  }
  if (positives === 0) {
    throw new Error(`${where}: no positive among ${labels.length} labels; leave this class out.`);
  }
  const lists: [Float64Array, Float64Array] = [
    new Float64Array(positives),
    new Float64Array(labels.length - positives),
  ];
  const filled = [0, 0];
  for (let at = 0; at < labels.length; at++) {
    const which = labels[at] === 1 ? 0 : 1;
    lists[which][filled[which]++] = scores[at];
  }
  lists.forEach((list) => list.sort());
  return lists;
}
