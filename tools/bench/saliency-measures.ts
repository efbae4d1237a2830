import { corLoc, pixelAveragePrecision, saliencyCurves, saliencyMetrics } from '@fovea/eval';
import {
  binarise,
  connectedComponents,
  largestComponentBox,
  otsu,
  type Image,
  type Mask,
  type SaliencyMap,
} from '@fovea/saliency';

/** What makes a row's maps. */
export interface Maker {
  readonly name: string;
  map(image: Image, id: string): SaliencyMap;
}

/** One line of a table, filled image by image. */
export interface Row {
  readonly maker: Maker;
  readonly curves: Float32Array[]; // one [256] F curve an image
  readonly milliseconds: number[];
  readonly sums: {
    adaptiveF: number;
    mae: number;
    iou: number;
    pointing: number;
    energy: number;
    corLoc: number;
  };
  /** Every fourth pixel both ways, for the pixel average precision. */
  readonly pixels: { readonly values: number[]; readonly masks: number[] };
  /** The slower measures, of some images. */
  readonly slow: { images: number; s: number; readonly e: Float64Array };
}

/** A line's figures; null where nothing was measured. */
export interface Figures {
  readonly 'F-max': number | null;
  readonly 'F-adp': number | null;
  readonly MAE: number | null;
  readonly S: number | null;
  readonly 'E-max': number | null;
  readonly IoU: number | null;
  readonly PxAP: number | null;
  readonly CorLoc: number | null;
  readonly pointing: number | null;
  readonly energy: number | null;
  readonly 'ms/image': number;
  readonly 'images/s': number;
}

/** A line without images yet. */
export function emptyRow(maker: Maker): Row {
  const sums = { adaptiveF: 0, mae: 0, iou: 0, pointing: 0, energy: 0, corLoc: 0 };
  const slow = { images: 0, s: 0, e: new Float64Array(256) };
  return { maker, curves: [], milliseconds: [], sums, pixels: { values: [], masks: [] }, slow };
}

/** Adds one image's figures to its row. */
export function measure(map: SaliencyMap, mask: Uint8Array, row: Row): void {
  const { width, height } = map;
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
  const { sums } = row;
  sums.mae += error / mask.length;
  sums.pointing += mask[peak];
  sums.energy += mass > 0 ? inside / mass : 0;
  const adaptive = overlap(binarise(map, { kind: 'adaptive' }).data, mask);
  sums.adaptiveF += fMeasure(adaptive.found, adaptive.wrong, positives);
  const cut = overlap(binarise(map, { kind: 'otsu' }).data, mask);
  sums.iou += cut.found / Math.max(1, cut.wrong + positives);
  const bytes = Uint8Array.from(map.data, (value) => Math.round(255 * value));
  const { box } = largestComponentBox(map, { threshold: otsu(bytes).threshold / 255 });
  const truth = maskBoxes({ data: mask, width, height });
  if (box && truth.length > 0)
    sums.corLoc += corLoc([box[0], box[1], box[2] + 1, box[3] + 1], [truth]).accuracy;
  for (let r = 0; r < height; r += 4) {
    for (let c = 0; c < width; c += 4) {
      row.pixels.values.push(map.data[r * width + c]);
      row.pixels.masks.push(mask[r * width + c]);
    }
  }
}

/** Adds one image's S- and E-measure. */
export function measureSlowly({ data, width, height }: SaliencyMap, mask: Uint8Array, { slow }: Row): void {
  const prediction = Uint8Array.from(data, (value) => Math.round(255 * value));
  const images = { prediction, groundTruth: mask.map((value) => 255 * value), width, height };
  slow.images++;
  slow.s += saliencyMetrics(images).sMeasure;
  saliencyCurves(images).e.forEach((value, level) => (slow.e[level] += value));
}

/** A row's figures over all its images. */
export function figuresOf({ curves, milliseconds, sums, pixels, slow }: Row): Figures {
  const n = curves.length;
  const mean = (sum: number): number | null => (n > 0 ? sum / n : null);
  const total = milliseconds.reduce((sum, value) => sum + value, 0);
  return {
    'F-max': n > 0 ? fMax(curves, Uint32Array.from(curves.keys())) : null,
    'F-adp': mean(sums.adaptiveF),
    MAE: mean(sums.mae),
    S: slow.images > 0 ? slow.s / slow.images : null,
    'E-max': slow.images > 0 ? slow.e.reduce((most, value) => Math.max(most, value), 0) / slow.images : null,
    IoU: mean(sums.iou),
    PxAP: n > 0 ? averagePrecision(pixels) : null,
    CorLoc: mean(sums.corLoc),
    pointing: mean(sums.pointing),
    energy: mean(sums.energy),
    'ms/image': median(milliseconds),
    'images/s': (1000 * milliseconds.length) / total,
  };
}

function averagePrecision({ values, masks }: Row['pixels']): number {
  const input = { maps: Float32Array.from(values), masks: Uint8Array.from(masks) };
  return pixelAveragePrecision({ ...input, height: 1, width: values.length });
}

/** Boxes (x0, y0, x1, y1), ends exclusive, of the pieces of a mask that hold at least a tenth of it. */
function maskBoxes({ data, width, height }: Mask): number[] {
  const { labels, areas } = connectedComponents({ data, width, height }, 8);
  const total = areas.reduce((sum, area) => sum + area, 0);
  const boxes = areas.map(() => [width, height, 0, 0]);
  labels.forEach((label, p) => {
    if (label === 0) return;
    const box = boxes[label - 1];
    const [c, r] = [p % width, Math.floor(p / width)];
    box[0] = Math.min(box[0], c);
    box[1] = Math.min(box[1], r);
    box[2] = Math.max(box[2], c + 1);
    box[3] = Math.max(box[3], r + 1);
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

/** The middle value. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
