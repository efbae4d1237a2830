const TILE = 4; // rows by columns taken together: sixteen products for each four sums that are loaded and stored

/**
 * Lower triangle of X^T X, [D, D], in double precision; entries above it are of no meaning.
 *
 * @param x_ND - [N, D] row-major
 */
export function gramMatrix(x_ND: Float64Array, N: number, D: number): Float64Array {
  // Zero rows and columns up to whole tiles keep the inner loop free of cases.
  const width = Math.ceil(D / TILE) * TILE;
  const block = new Float64Array(TILE * width);
  const [row0, row1, row2, row3] = [0, 1, 2, 3].map((row) => block.subarray(row * width, (row + 1) * width));
  const sums = new Float64Array(width * width);
  for (let row = 0; row < N; row += TILE) {
    block.fill(0);
    for (let offset = 0; offset < Math.min(TILE, N - row); offset++) {
      block.set(x_ND.subarray((row + offset) * D, (row + offset + 1) * D), offset * width);
    }
    for (let i = 0; i < width; i += TILE) addTile(sums, width, i, row0, row1, row2, row3);
  }
  const gram = new Float64Array(D * D);
  for (let i = 0; i < D; i++) gram.set(sums.subarray(i * width, i * width + D), i * D);
  return gram;
}

/** Adds columns i … i + 3 of four rows times columns 0 … i + 3 of them. */
function addTile(
  sums: Float64Array,
  width: number,
  i: number,
  row0: Float64Array,
  row1: Float64Array,
  row2: Float64Array,
  row3: Float64Array,
): void {
  const a0 = row0[i];
  const a1 = row1[i];
  const a2 = row2[i];
  const a3 = row3[i];
  const b0 = row0[i + 1];
  const b1 = row1[i + 1];
  const b2 = row2[i + 1];
  const b3 = row3[i + 1];
  const c0 = row0[i + 2];
  const c1 = row1[i + 2];
  const c2 = row2[i + 2];
  const c3 = row3[i + 2];
  const d0 = row0[i + 3];
  const d1 = row1[i + 3];
  const d2 = row2[i + 3];
  const d3 = row3[i + 3];
  const end = i + TILE;
  for (let j = 0, at = i * width; j < end; j++, at++) {
    const x0 = row0[j];
    const x1 = row1[j];
    const x2 = row2[j];
    const x3 = row3[j];
    sums[at] += a0 * x0 + a1 * x1 + a2 * x2 + a3 * x3;
    sums[at + width] += b0 * x0 + b1 * x1 + b2 * x2 + b3 * x3;
    sums[at + 2 * width] += c0 * x0 + c1 * x1 + c2 * x2 + c3 * x3;
    sums[at + 3 * width] += d0 * x0 + d1 * x1 + d2 * x2 + d3 * x3;
  }
}
