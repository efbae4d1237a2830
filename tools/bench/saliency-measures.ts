import { corLoc, saliencyCurves, saliencyMetrics } from '@fovea/eval';
import {
  binarise,
  connectedComponents,
  largestComponentBox,
  otsu,
  type EstimateSaliencyOptions,
  type SaliencyEstimator,
  type SaliencyMap,
} from '@fovea/saliency';

/** One line of the table. */
export interface Row {
  readonly name: string;
  readonly estimator: SaliencyEstimator;
  readonly options: Partial<EstimateSaliencyOptions>;
  readonly refine: boolean;
  readonly curves: Float32Array[]; // one [256] F curve an image
  readonly sums: { adaptiveF: number; mae: number; iou: number; pointing: number; energy: number };
  readonly milliseconds: number[];
  readonly more: {
    s: number;
    weightedF: number;
    corLoc: number;
    e: Float64Array;
    values: number[];
    masks: number[];
  };
}

/** Adds one image's figures to its row. */
export function measure(map: SaliencyMap, mask: Uint8Array, row: Row): void {
  const hits = new Float64Array(256);
  const misses = new Float64Array(256);
  let [positives, error, mass, inside, peak] = [0, 0, 0, 0, 0];
  for (let p = 0; p < mask.length; p++) {
    const value = map.data[p];
    const level = Math.min(255, Math.floor(255 * value));
    if (mask[p]) {
      positives++;
      hits[level]++;
      inside += value;
    } else misses[level]++;
    mass += value;
    error += Math.abs(value - mask[p]);
    if (value > map.data[peak]) peak = p;
  }
  const curve = new Float32Array(256);
  for (let level = 255, found = 0, wrong = 0; level >= 0; level--) {
    found += hits[level];
    wrong += misses[level];
    curve[level] = fMeasure(found, wrong, positives);
  }
  row.curves.push(curve);
  row.sums.mae += error / mask.length;
  row.sums.pointing += mask[peak];
  row.sums.energy += mass > 0 ? inside / mass : 0;
  const adaptive = overlap(binarise(map, { kind: 'adaptive' }).data, mask);
  row.sums.adaptiveF += fMeasure(adaptive.found, adaptive.wrong, positives);
  const otsu = overlap(binarise(map, { kind: 'otsu' }).data, mask);
  row.sums.iou += otsu.found / Math.max(1, otsu.wrong + positives);
}

/** The slower measures of one image. */
export function measureMore(map: SaliencyMap, mask: Uint8Array, { more }: Row): void {
  const { width, height } = map;
  const prediction = Uint8Array.from(map.data, (value) => Math.round(255 * value));
  const images = { prediction, groundTruth: mask.map((value) => 255 * value), width, height };
  const { sMeasure, weightedF } = saliencyMetrics(images);
  more.s += sMeasure;
  more.weightedF += weightedF;
  saliencyCurves(images).e.forEach((value, level) => (more.e[level] += value));
  const { box } = largestComponentBox(map, { threshold: otsu(prediction).threshold / 255 });
  if (box)
    more.corLoc += corLoc([[box[0], box[1], box[2] + 1, box[3] + 1]].flat(), [
      maskBoxes(mask, width, height),
    ]).accuracy;
  for (let r = 0; r < height; r += 4) {
    for (let c = 0; c < width; c += 4) {
      more.values.push(map.data[r * width + c]);
      more.masks.push(mask[r * width + c]);
    }
  }
}

/** Boxes (x0, y0, x1, y1), ends exclusive, of the pieces of a mask that hold at least a tenth of it. */
function maskBoxes(mask: Uint8Array, width: number, height: number): number[] {
  const { labels, areas } = connectedComponents({ data: mask, width, height }, 8);
  const total = areas.reduce((sum, area) => sum + area, 0);
  const boxes = areas.map(() => [width, height, 0, 0]);
  labels.forEach((label, p) => {
    if (label === 0) return;
    const box = boxes[label - 1];
    const [c, r] = [p % width, Math.floor(p / width)];
    box.splice(
      0,
      4,
      Math.min(box[0], c),
      Math.min(box[1], r),
      Math.max(box[2], c + 1),
      Math.max(box[3], r + 1),
    );
  });
  return boxes.filter((_, k) => areas[k] >= total / 10).flat();
}

function overlap(ours: Uint8Array, mask: Uint8Array): { found: number; wrong: number } {
  let [found, wrong] = [0, 0];
  for (let p = 0; p < mask.length; p++) {
    if (ours[p] && mask[p]) found++;
    else if (ours[p]) wrong++;
  }
  return { found, wrong };
}

function fMeasure(found: number, wrong: number, positives: number): number {
  if (found === 0) return 0;
  const precision = found / (found + wrong);
  const recall = found / positives;
  return (1.3 * precision * recall) / (0.3 * precision + recall);
}

/** Largest value of the mean of some images' curves. */
export function fMax(curves: readonly Float32Array[], picks: ArrayLike<number>): number {
  const sum = new Float64Array(256);
  for (let i = 0; i < picks.length; i++) {
    const curve = curves[picks[i]];
    for (let level = 0; level < 256; level++) sum[level] += curve[level];
  }
  return sum.reduce((most, value) => Math.max(most, value), 0) / picks.length;
}
