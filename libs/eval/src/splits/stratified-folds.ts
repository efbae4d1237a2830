/**
 * Fold of every sample for stratified cross-validation without shuffling: each class is dealt over the folds in order of appearance.
 *
 * @returns [N] fold in [0, folds)
 * @throws Error when a class has fewer samples than there are folds
 * @see scikit-learn StratifiedKFold(shuffle=False), whose assignment this is
 */
export function stratifiedFolds(labels: ArrayLike<number>, folds: number): Int32Array {
  const names = [...new Set(Array.from(labels))]; // by first appearance
  const counts = names.map((name) => Array.from(labels).filter((label) => label === name).length);
  counts.forEach((count, at) => {
    if (count < folds)
      throw new Error(`stratifiedFolds: class ${names[at]} has ${count} samples for ${folds} folds.`);
  });
  // Deal the sorted sequence of classes over the folds; that fixes how many of each class a fold gets.
  const dealt = counts.flatMap((count, at) => Array<number>(count).fill(at));
  const shares = names.map(() => Array<number>(folds).fill(0));
  dealt.forEach((at, place) => shares[at][place % folds]++);
  const queues = shares.map((share) => share.flatMap((count, fold) => Array<number>(count).fill(fold)));
  const next = names.map(() => 0);
  return Int32Array.from(Array.from(labels), (label) => {
    const at = names.indexOf(label);
    return queues[at][next[at]++];
  });
}
