import { checkOptions } from '../protocol/check-options.ts';
import type { Metric } from '../protocol/metric.ts';
import { pause } from '../protocol/pause.ts';
import { CONTROL, NO_PIECES, type RunControl } from '../protocol/run-control.ts';
import {
  hardLabels,
  propagateLabels,
  type PatchVideo,
  type PropagateLabelsOptions,
} from './propagate-labels.ts';
import { regionAndBoundary, type MaskPair } from './region-and-boundary.ts';

/** An annotated video as patch features. */
export interface AnnotatedVideo extends PatchVideo {
  readonly name: string;
  /** Pixels a patch's side. */
  readonly patch: number;
  /** [frames] of [rows * patch, columns * patch], 0 for background, 1 … objects. */
  readonly annotations: readonly Uint8Array[];
  readonly objects: number;
  /** Names network and video; needed with `pieces`. */
  readonly digest?: string;
}

export interface VideoSegmentationOptions extends PropagateLabelsOptions, RunControl {}

/** DINO's and BAM's settings for DAVIS-2017. */
export const davisPropagation: PropagateLabelsOptions = { frames: 7, window: 12, topK: 5, temperature: 0.1 };

/**
 * Video object segmentation by label propagation: `vos.f<frames>.w<window>.k<topK>.t<T>.JF`, `.J`, `.F`, means over objects of all videos, in percent.
 *
 * The first frame's annotation is averaged over patches; soft maps are enlarged bilinearly to pixels, each object min-max normalised, and the largest wins. First and last frame are left
 * out of the scores, as in DAVIS. Nothing is trained or chosen.
 *
 * @param videos - read one at a time
 * @throws Error for whatever `propagateLabels` refuses, annotations of another size
 * @see DINO eval_video_segmentation.py, davis2017-evaluation
 */
export async function* videoSegmentation(
  videos: readonly AnnotatedVideo[],
  options: VideoSegmentationOptions,
): AsyncGenerator<Metric, void, undefined> {
  checkOptions(options, ['frames', 'window', 'topK', 'temperature', ...CONTROL], 'videoSegmentation');
  const { frames, window, topK, temperature, pieces = NO_PIECES, onProgress } = options;
  const settings = { frames, window, topK, temperature };
  const scores: { J: number; F: number }[] = [];
  for (const [at, video] of videos.entries()) {
    await pause();
    if (options.pieces && video.digest === undefined)
      throw new Error('videoSegmentation: pieces need videos with a digest.');
    const own = await pieces.json(
      () => ({ piece: 'video segmentation', video: video.digest, settings }),
      () => scoreVideo(video, settings),
    );
    scores.push(...own);
    onProgress?.({ what: 'videoSegmentation: video', done: at + 1, total: videos.length });
  }
  if (scores.length === 0) throw new Error('videoSegmentation: there is no object.');
  const mean = (pick: (one: { J: number; F: number }) => number): number =>
    (100 * scores.reduce((sum, one) => sum + pick(one), 0)) / scores.length;
  const name = `vos.f${frames}.w${window}.k${topK}.t${temperature}`;
  const rest = { n: scores.length, unit: '%', direction: 'up' } as const;
  yield { metric: `${name}.JF`, value: mean(({ J, F }) => (J + F) / 2), ...rest };
  yield { metric: `${name}.J`, value: mean(({ J }) => J), ...rest };
  yield { metric: `${name}.F`, value: mean(({ F }) => F), ...rest };
}

function scoreVideo(video: AnnotatedVideo, options: PropagateLabelsOptions): { J: number; F: number }[] {
  const { rows, columns, patch, annotations, objects, name } = video;
  const [height, width, K] = [rows * patch, columns * patch, objects + 1];
  annotations.forEach((frame, at) => {
    if (frame.length !== height * width || annotations.length !== video.features.length) {
      throw new Error(
        `videoSegmentation: ${name} frame ${at} has ${frame.length} pixels in ${annotations.length} frames, needs ${height} x ${width} in ${video.features.length}.`,
      );
    }
  });
  const first = new Float32Array(rows * columns * K);
  annotations[0].forEach((label, at) => {
    const [row, column] = [Math.floor(Math.floor(at / width) / patch), Math.floor((at % width) / patch)];
    first[(row * columns + column) * K + label] += 1 / patch ** 2;
  });
  const soft = propagateLabels(video, first, options);
  const labels = soft.map((frame) => hardLabels(enlarged(frame, rows, columns, K, patch), K));
  return Array.from({ length: objects }, (_, object) => {
    const pairs = labels.map((found, frame): MaskPair => ({
      prediction: found.map((label) => Number(label === object + 1)),
      truth: annotations[frame].map((label) => Number(label === object + 1)),
      height,
      width,
    }));
    const { J, F } = regionAndBoundary(pairs);
    return { J, F };
  });
}

/** Bilinear with half-pixel centres, channels last. */
function enlarged(soft: Float32Array, rows: number, columns: number, K: number, by: number): Float32Array {
  const [height, width] = [rows * by, columns * by];
  const result = new Float32Array(height * width * K);
  const place = (at: number, size: number): [number, number, number] => {
    const real = Math.min(size - 1, Math.max(0, (at + 0.5) / by - 0.5));
    const low = Math.floor(real);
    return [low, Math.min(size - 1, low + 1), real - low];
  };
  for (let y = 0; y < height; y++) {
    const [top, bottom, fy] = place(y, rows);
    for (let x = 0; x < width; x++) {
      const [left, right, fx] = place(x, columns);
      for (let k = 0; k < K; k++) {
        const value = (row: number, column: number): number => soft[(row * columns + column) * K + k];
        const upper = value(top, left) * (1 - fx) + value(top, right) * fx;
        const lower = value(bottom, left) * (1 - fx) + value(bottom, right) * fx;
        result[(y * width + x) * K + k] = upper * (1 - fy) + lower * fy;
      }
    }
  }
  return result;
}
