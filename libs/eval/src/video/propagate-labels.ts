import { tf } from '@fovea/tensorflow';
import { checkOptions } from '../protocol/check-options.ts';
import { checkMatrix } from '../splits/feature-splits.ts';
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

  const unit = features.map((frame) => new Float32Array(l2NormalizeRows(frame, frame.length / n)));
  const soft = [first];
  for (let frame = 1; frame < features.length; frame++) {
    const oldest = Math.max(1, frame - frames);
    const context = [0, ...Array.from({ length: frame - oldest }, (_, at) => oldest + at)];
    const affinities = context.map((other) => cosines(unit[frame], unit[other], n));
    const result = new Float32Array(n * K);
    for (let patch = 0; patch < n; patch++) {
      spread(
        result,
        patch,
        columns,
        rows,
        K,
        affinities,
        context.map((other) => soft[other]),
        options,
      );
    }
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

function cosines(target: Float32Array, context: Float32Array, n: number): Float32Array {
  return tf.tidy(() => {
    const shape: [number, number] = [n, target.length / n];
    return tf
      .matMul(tf.tensor2d(target, shape), tf.tensor2d(context, shape), false, true)
      .dataSync<'float32'>();
  });
}

function spread(
  result: Float32Array,
  patch: number,
  columns: number,
  rows: number,
  K: number,
  affinities: readonly Float32Array[],
  labels: readonly Float32Array[],
  { window, topK, temperature }: PropagateLabelsOptions,
): void {
  const [row, column] = [Math.floor(patch / columns), patch % columns];
  const found: { weight: number; frame: number; other: number }[] = [];
  for (let y = Math.max(0, row - window); y <= Math.min(rows - 1, row + window); y++) {
    for (let x = Math.max(0, column - window); x <= Math.min(columns - 1, column + window); x++) {
      const other = y * columns + x;
      affinities.forEach((affinity, frame) => {
        found.push({
          weight: Math.exp(affinity[patch * rows * columns + other] / temperature),
          frame,
          other,
        });
      });
    }
  }
  found.sort((a, b) => b.weight - a.weight);
  const least = found[Math.min(topK, found.length) - 1].weight;
  const kept = found.filter(({ weight }) => weight >= least);
  const total = kept.reduce((sum, { weight }) => sum + weight, 0);
  for (const { weight, frame, other } of kept) {
    for (let channel = 0; channel < K; channel++) {
      result[patch * K + channel] += (weight / total) * labels[frame][other * K + channel];
    }
  }
}
