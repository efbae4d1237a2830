/**
 * Weights of crops by their scores, w_k = K s_k / sum s, so that their mean is 1 and the loss keeps its scale; all 1 where no crop is salient.
 *
 * [RECON] SGCL's weighting formula was not seen.
 *
 * @throws Error for negative scores
 */
export function cropWeights(scores: readonly number[]): number[] {
  const wrong = scores.findIndex((score) => !(score >= 0 && score < Infinity));
  if (wrong >= 0)
    throw new Error(`cropWeights: scores must be finite and not negative, got ${scores[wrong]}.`);
  const total = scores.reduce((sum, score) => sum + score, 0);
  return scores.map((score) => (total > 0 ? (scores.length * score) / total : 1));
}
