import { tf } from '@fovea/tensorflow';
import { checkOptions } from '../protocol/check-options.ts';
import { checkMatrix } from '../splits/feature-splits.ts';
import { readBack } from '../protocol/read-back.ts';
import { l2NormalizeRows } from '../splits/scale-features.ts';

export interface PropagateLabelsOptions {
  /** Previous frames that serve as context beside the first. DINO, BAM: 7. */
  readonly frames: number;
  /** Patches differ by at most this much in row and in column. DINO, BAM: 12. */
  readonly window: number;
  /** Affinities kept a target patch, over all context patches. DINO, BAM: 5. */
  readonly topK: number;
  /** DINO, BAM: 0.1. */
  readonly temperature: number;
}

/** A video as patch features. */
export interface PatchVideo {
  /** [frames] of [rows * columns, D], the patch tokens of the last block without the class token. */
  readonly features: readonly Float32Array[];
  readonly rows: number;
  readonly columns: number;
}

/**
 * Video object segmentation by label propagation on frozen patch features.
 *
 * `soft_t[p] = sum over context patches q of a(p, q) soft[q]`, `a = exp(cos / T)` within the window, below its k-th largest entry set to 0 (ties stay), then
 * normalised to sum 1. Context: the first frame and the `frames` before t. What enters the context is the soft map itself.
 *
 * @param first - [rows * columns, K] soft labels of frame 0, background included
 * @returns soft labels of every frame, frame 0 as given
 * @throws Error for shapes that do not fit, NaN (with its patch), options out of range
 * @see DINO eval_video_segmentation.py (also BAM's)
 */
export function propagateLabels(
  { features, rows, columns }: PatchVideo,
  first: Float32Array,
  options: PropagateLabelsOptions,
): Float32Array[] {
  checkOptions(options, ['frames', 'window', 'topK', 'temperature'], 'propagateLabels');
  const n = rows * columns;
  const K = checkMatrix(first, n, 'propagateLabels: first');
  features.forEach((frame, at) => checkMatrix(frame, n, `propagateLabels: features[${at}]`));
  const { frames, window, topK, temperature } = options;
  for (const [name, value, least] of [
    ['frames', frames, 1],
    ['window', window, 0],
    ['topK', topK, 1],
  ] as const) {
    if (!Number.isInteger(value) || value < least) {
      throw new Error(`propagateLabels: ${name} must be an integer >= ${least}, got ${value}.`);
    }
  }
  if (!(temperature > 0)) throw new Error(`propagateLabels: temperature must be > 0, got ${temperature}.`);

  const D = features[0].length / n;
  const unit = features.map((frame) => new Float32Array(l2NormalizeRows(frame, D)));
  const soft = [first];
  for (let frame = 1; frame < features.length; frame++) {
    const oldest = Math.max(1, frame - frames);
    const context = [0, ...Array.from({ length: frame - oldest }, (_, at) => oldest + at)];
    const labels = context.map((other) => soft[other]);
    const result = new Float32Array(n * K);
    const shape: [number, number] = [n, D];
    const target_ND = tf.tensor2d(unit[frame], shape);
    const context_ND = context.map((other) => tf.tensor2d(unit[other], shape));
    for (let row = 0; row < rows; row++) {
      const [from, to] = [Math.max(0, row - window), Math.min(rows, row + window + 1)];
      // A row of patches meets its window alone: no matrix of all pairs.
      const affinities = readBack<Float32Array>(() => {
        const own = tf.slice(target_ND, [row * columns, 0], [columns, D]);
        const bands = context_ND.map((x) => tf.slice(x, [from * columns, 0], [(to - from) * columns, D]));
        return bands.map((band) => tf.matMul(own, band, false, true));
      });
      for (let column = 0; column < columns; column++) {
        spread(result, { row, column, columns, from, to }, K, affinities, labels, options);
      }
    }
    tf.dispose([target_ND, context_ND]);
    soft.push(result);
  }
  return soft;
}

/** Class of every patch: channels min-max normalised over the frame, then the largest, the first on a tie (DINO). */
export function hardLabels(soft: Float32Array, K: number): Uint8Array {
  const low = new Float64Array(K).fill(Infinity);
  const high = new Float64Array(K).fill(-Infinity);
  soft.forEach((value, at) => {
    low[at % K] = Math.min(low[at % K], value);
    high[at % K] = Math.max(high[at % K], value);
  });
  return Uint8Array.from({ length: soft.length / K }, (_, pixel) => {
    let best = 0;
    let most = -Infinity;
    for (let channel = 0; channel < K; channel++) {
      const range = high[channel] - low[channel];
      // A channel that is the same everywhere keeps its value, as an absent object must not become present by division.
      const value = soft[pixel * K + channel];
      const scaled = range > 0 ? (value - low[channel]) / range : value;
      if (scaled > most) [best, most] = [channel, scaled];
    }
    return best;
  });
}

/** A target patch and the rows `from` … `to` - 1 of patches that it meets. */
interface Place {
  readonly row: number;
  readonly column: number;
  readonly columns: number;
  readonly from: number;
  readonly to: number;
}

function spread(
  result: Float32Array,
  { row, column, columns, from, to }: Place,
  K: number,
  affinities: readonly Float32Array[],
  labels: readonly Float32Array[],
  { window, topK, temperature }: PropagateLabelsOptions,
): void {
  const patch = row * columns + column;
  const band = (to - from) * columns;
  const first = Math.max(0, column - window);
  const last = Math.min(columns - 1, column + window);
  const eachPair = (take: (weight: number, frame: number, other: number) => void): void => {
    affinities.forEach((affinity, frame) => {
      for (let y = from; y < to; y++) {
        for (let x = first; x <= last; x++) {
          const cosine = affinity[column * band + (y - from) * columns + x];
          take(Math.exp(cosine / temperature), frame, y * columns + x);
        }
      }
    });
  };
  const best: number[] = []; // the topK largest weights, rising
  eachPair((weight) => {
    if (best.length === topK && weight <= best[0]) return;
    if (best.length === topK) best.shift();
    const place = best.findIndex((other) => other > weight);
    best.splice(place < 0 ? best.length : place, 0, weight);
  });
  const kept: { weight: number; frame: number; other: number }[] = [];
  eachPair((weight, frame, other) => {
    if (weight >= best[0]) kept.push({ weight, frame, other }); // equals of the last one stay, as in DINO
  });
  const total = kept.reduce((sum, { weight }) => sum + weight, 0);
  for (const { weight, frame, other } of kept) {
    for (let channel = 0; channel < K; channel++) {
      result[patch * K + channel] += (weight / total) * labels[frame][other * K + channel];
    }
  }
}
