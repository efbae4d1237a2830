import { checkRange } from './options.ts';

/**
 * The entries of each row that together hold a share of its mass: largest first, DINO's convention.
 *
 * Rows are normalised to sum 1; an entry is kept when the running sum from the smallest entry up to and including it exceeds 1 - keep.
 * A row without mass keeps nothing.
 *
 * @param attention - non-negative // [rows, P]
 * @param rows - heads, or 1 for a map
 * @param keep - share in [0, 1]; DINO takes 0.6
 * @returns 1 where kept // [rows, P]
 * @throws Error for negative or infinite entries, and lengths that are no multiple of the rows
 */
export function attentionKeepMass(attention: Float32Array, rows: number, keep: number): Uint8Array {
  checkRange(keep, 0, 1, 'attentionKeepMass: keep');
  if (!(Number.isInteger(rows) && rows > 0 && attention.length % rows === 0)) {
    throw new Error(`attentionKeepMass: ${attention.length} entries do not make ${rows} rows.`);
  }
  const wrong = attention.findIndex((value) => !(value >= 0 && value < Infinity));
  if (wrong >= 0) {
    throw new Error(
      `attentionKeepMass: attention must be finite and not negative, got ${attention[wrong]} at ${wrong}.`,
    );
  }
  const size = attention.length / rows;
  const mask = new Uint8Array(attention.length);
  for (let row = 0; row < rows; row++) {
    const values = attention.subarray(row * size, (row + 1) * size);
    const total = values.reduce((sum, value) => sum + value, 0);
    if (total === 0 || keep === 0) continue;
    const order = [...values.keys()].sort((a, b) => values[a] - values[b] || a - b);
    let sum = 0;
    for (const index of order) {
      sum += values[index] / total;
      if (sum > 1 - keep) mask[row * size + index] = 1;
    }
  }
  return mask;
}
