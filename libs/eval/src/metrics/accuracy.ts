/**
 * Fraction of equal entries, in [0, 1].
 *
 * @throws Error when the lengths differ or are 0
 */
export function accuracy(predictions: Int32Array, labels: Int32Array): number {
  if (predictions.length !== labels.length || labels.length === 0) {
    throw new Error(
      `accuracy: needs as many predictions as labels, at least one; got ${predictions.length}, ${labels.length}.`,
    );
  }
  let hits = 0;
  for (let at = 0; at < labels.length; at++) if (predictions[at] === labels[at]) hits++;
  return hits / labels.length;
}
