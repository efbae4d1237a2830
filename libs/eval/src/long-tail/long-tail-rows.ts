/**
 * Train rows of a long-tailed version of a balanced set: class c keeps its first `floor(n_max F^(-c / (C - 1)))` rows in the order of the set.
 *
 * `n_max` is the size of the largest class; F, the imbalance factor, is the ratio of the largest class to the smallest: 10, 50, 100 in the literature. Nothing is drawn, so the list is the
 * same for every seed and machine.
 *
 * @param labels - [N] of the balanced train split
 * @param factor - imbalance factor, >= 1
 * @returns rows in rising order
 * @throws Error for a factor below 1, or a class that would keep no row
 * @see Cui et al. 2019 (class-balanced loss) for the profile; their code draws the rows, this takes the first ones
 *
 * @example
 * longTailRows(cifar.labels, 10, 100).length; // 12406, as in CIFAR10-LT
 */
export function longTailRows(labels: Int32Array, classes: number, factor: number): Int32Array {
  const left = longTailCounts(labels, classes, factor);
  return Int32Array.from(Array.from(labels.keys()).filter((row) => left[labels[row]]-- > 0));
}

/** [C] rows that each class keeps. */
export function longTailCounts(labels: Int32Array, classes: number, factor: number): Int32Array {
  if (!(factor >= 1 && Number.isFinite(factor))) {
    throw new Error(`longTailRows: the imbalance factor must be >= 1, got ${factor}.`);
  }
  const sizes = new Int32Array(classes);
  for (const label of labels) sizes[label]++;
  const largest = Math.max(...sizes);
  return sizes.map((size, label) => {
    const wanted = Math.floor(largest * factor ** (-label / (classes - 1)));
    const kept = Math.min(size, wanted);
    if (kept === 0) throw new Error(`longTailRows: class ${label} would keep no row at factor ${factor}.`);
    return kept;
  });
}
