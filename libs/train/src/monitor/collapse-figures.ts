import { symmetricEigenvalues } from './symmetric-eigenvalues.ts';

/** How far embeddings are from having collapsed. */
export interface CollapseFigures {
  /**
   * Standard deviation of a dimension of the normalised embeddings, times sqrt(D), mean over dimensions: about 1 where embeddings
   * spread over the sphere, 0 where all are alike. (Chen and He 2021, section 4.1.)
   */
  readonly featureStd: number;
  /** exp of the entropy of the singular values' shares, in [1, min(N, D)]. (Roy and Vetterli 2007; RankMe, Garrido et al. 2023.) */
  readonly effectiveRank: number;
  /** Mean squared distance of two views' normalised embeddings, in [0, 4]; 0 is best. NaN for one view. (Wang and Isola 2020.) */
  readonly alignment: number;
  /** log of the mean of exp(-2 d^2) over pairs of images, in [-8, 0]; 0 is collapse. NaN for one image. (Wang and Isola 2020.) */
  readonly uniformity: number;
}

/**
 * Figures of embeddings of views.
 *
 * @param views - one row-major [N, D] array a view; row i of each is of image i. With two and more, the first two are compared and both are
 * used for the other figures
 * @throws RangeError for arrays that are not N times D long
 *
 * @example
 * collapseFigures([Float32Array.of(1, 0, 0, 1)], 2).effectiveRank; // 2
 */
export function collapseFigures(views: readonly Float32Array[], dimensions: number): CollapseFigures {
  const [first, second] = views.slice(0, 2).map((view) => normalised(view, dimensions));
  if (first === undefined || (second !== undefined && second.length !== first.length)) {
    throw new RangeError(
      `collapseFigures: views must be arrays of one length, got ${views.map((v) => v.length).join(', ')}.`,
    );
  }
  const all = second === undefined ? [first] : [first, second];
  const mean = (of: (view: Float64Array) => number) =>
    all.reduce((sum, view) => sum + of(view), 0) / all.length;
  return {
    featureStd: mean((view) => featureStd(view, dimensions)),
    effectiveRank: mean((view) => effectiveRank(view, dimensions)),
    alignment: second === undefined ? NaN : alignment(first, second, dimensions),
    uniformity: mean((view) => uniformity(view, dimensions)),
  };
}

function normalised(view: Float32Array, dimensions: number): Float64Array {
  if (view.length === 0 || view.length % dimensions !== 0) {
    throw new RangeError(`collapseFigures: ${view.length} numbers are no rows of ${dimensions}.`);
  }
  const out = Float64Array.from(view);
  for (let row = 0; row < out.length; row += dimensions) {
    let square = 0;
    for (let d = 0; d < dimensions; d++) square += out[row + d] ** 2;
    const norm = Math.sqrt(square) || 1; // a zero embedding stays zero
    for (let d = 0; d < dimensions; d++) out[row + d] /= norm;
  }
  return out;
}

function featureStd(z: Float64Array, dimensions: number): number {
  const rows = z.length / dimensions;
  let sum = 0;
  for (let d = 0; d < dimensions; d++) {
    let [mean, square] = [0, 0];
    for (let at = d; at < z.length; at += dimensions) mean += z[at] / rows;
    for (let at = d; at < z.length; at += dimensions) square += (z[at] - mean) ** 2 / rows;
    sum += Math.sqrt(square);
  }
  return sum / Math.sqrt(dimensions);
}

function effectiveRank(z: Float64Array, dimensions: number): number {
  const rows = z.length / dimensions;
  const size = Math.min(rows, dimensions);
  const [step, inner, between] =
    rows <= dimensions ? [dimensions, dimensions, 1] : ([1, rows, dimensions] as const);
  const gram = new Float64Array(size * size); // of rows or of columns, whichever are fewer: the eigenvalues are the same
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let dot = 0;
      for (let k = 0; k < inner; k++) dot += z[i * step + k * between] * z[j * step + k * between];
      gram[i * size + j] = dot;
      gram[j * size + i] = dot;
    }
  }
  const singular = symmetricEigenvalues(gram, size).map((value) => Math.sqrt(Math.max(value, 0)));
  const total = singular.reduce((sum, value) => sum + value, 0);
  if (total === 0) return 1;
  let entropy = 0;
  for (const value of singular) {
    const share = value / total;
    if (share > 0) entropy -= share * Math.log(share);
  }
  return Math.exp(entropy);
}

function alignment(a: Float64Array, b: Float64Array, dimensions: number): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += (a[at] - b[at]) ** 2;
  return sum / (a.length / dimensions);
}

function uniformity(z: Float64Array, dimensions: number): number {
  const rows = z.length / dimensions;
  if (rows < 2) return NaN;
  let sum = 0;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < i; j++) {
      let square = 0;
      for (let d = 0; d < dimensions; d++) square += (z[i * dimensions + d] - z[j * dimensions + d]) ** 2;
      sum += Math.exp(-2 * square);
    }
  }
  return Math.log(sum / ((rows * (rows - 1)) / 2));
}
