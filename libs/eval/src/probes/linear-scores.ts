import type { LinearClassifier } from './logistic-regression.ts';

/** W x + b for every row: [M, D] features to [M, C] scores, in double precision. */
export function linearScores({ W, bias }: LinearClassifier, features: Float32Array): Float64Array {
  const C = bias.length;
  const D = W.length / C;
  const M = features.length / D;
  const scores = new Float64Array(M * C);
  for (let row = 0; row < M; row++) {
    const x = features.subarray(row * D, (row + 1) * D);
    for (let c = 0; c < C; c++) {
      let score = bias[c];
      for (let d = 0, at = c * D; d < D; d++, at++) score += W[at] * x[d];
      scores[row * C + c] = score;
    }
  }
  return scores;
}

/** Column of the largest score of every row, the first one on a tie. */
export function argMaxRows(scores: Float64Array | Float32Array, C: number): Int32Array {
  return Int32Array.from({ length: scores.length / C }, (_, row) => {
    let best = 0;
    for (let c = 1; c < C; c++) if (scores[row * C + c] > scores[row * C + best]) best = c;
    return best;
  });
}
