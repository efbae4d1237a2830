import { DoubleOps, type DoubleMatrix } from './double-ops.ts';

const ROWS = 4096; // taken at a time: 32 MiB for 1,024 columns in double precision
const BAND = 128; // rows of a block of the result; what lies right of the diagonal's block is not computed
const WORTH = 2 ** 26; // products from which libtensorflow is the faster one

/** [N, D] features that stand for themselves minus the means of their columns. */
export interface Centred {
  readonly features: Float32Array;
  /** [D] */
  readonly mean: Float64Array;
}

/**
 * Lower triangle of X^T X for the centred X, [D, D], in double precision; entries above it are of no meaning.
 *
 * libtensorflow multiplies on all cores where it is loaded and the matrix is large; blocks of rows bound the memory.
 */
export function gramMatrix(x: Centred): Float64Array {
  const ops = x.features.length * x.mean.length < WORTH ? undefined : DoubleOps.create();
  return ops === undefined ? plainGram(x) : nativeGram(x, ops);
}

/** Four rows at a time, so that a sum is loaded and stored once for four products. */
function plainGram({ features, mean }: Centred): Float64Array {
  const D = mean.length;
  const N = features.length / D;
  const four = [0, 1, 2, 3].map(() => new Float64Array(D));
  const [row0, row1, row2, row3] = four;
  const gram = new Float64Array(D * D);
  for (let row = 0; row < N; row += 4) {
    four.forEach((target, at) => {
      const from = (row + at) * D;
      for (let d = 0; d < D; d++) target[d] = row + at < N ? features[from + d] - mean[d] : 0;
    });
    for (let i = 0; i < D; i++) {
      const [a, b, c, d] = [row0[i], row1[i], row2[i], row3[i]];
      for (let j = 0, at = i * D; j <= i; j++, at++) {
        gram[at] += a * row0[j] + b * row1[j] + c * row2[j] + d * row3[j];
      }
    }
  }
  return gram;
}

function nativeGram({ features, mean }: Centred, ops: DoubleOps): Float64Array {
  const D = mean.length;
  const N = features.length / D;
  const starts = Array.from({ length: Math.ceil(D / BAND) }, (_, band) => band * BAND);
  try {
    const mean_1D = ops.fromDoubles(mean, 1);
    let bands: DoubleMatrix[] = [];
    for (let row = 0; row < N; row += ROWS) {
      const rows = Math.min(ROWS, N - row);
      const raw = ops.fromFloats(features.subarray(row * D, (row + rows) * D), rows);
      const x_BD = ops.subtract(raw, mean_1D);
      bands = starts.map((start, band) => addBand(ops, x_BD, start, bands.at(band)));
      ops.free(raw, x_BD);
    }
    const gram = new Float64Array(D * D);
    bands.forEach((matrix, band) => {
      const values = ops.read(matrix);
      for (let row = 0; row < matrix.rows; row++) {
        const own = values.subarray(row * matrix.columns, (row + 1) * matrix.columns);
        gram.set(own, (starts[band] + row) * D);
      }
    });
    return gram;
  } finally {
    ops.dispose();
  }
}

/** Rows `start` … of X^T X up to the diagonal's block, on top of what earlier rows of X gave. */
function addBand(ops: DoubleOps, x_BD: DoubleMatrix, start: number, sum?: DoubleMatrix): DoubleMatrix {
  const count = Math.min(BAND, x_BD.columns - start);
  const [left, right] = [ops.columns(x_BD, start, count), ops.columns(x_BD, 0, start + count)];
  const product = ops.transposedProduct(left, right);
  ops.free(left, right);
  if (sum === undefined) return product;
  const total = ops.add(sum, product);
  ops.free(sum, product);
  return total;
}
