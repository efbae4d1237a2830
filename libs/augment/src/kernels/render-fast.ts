import type { Box, ByteImage } from '../image.ts';
import type { ColorJitterParams } from '../ops/color-jitter.ts';
import type { ChannelStatistics } from '../ops/normalize.ts';
import type { Interpolation } from '../ops/resample-weights.ts';
import { blurWeights, mirrored } from './blur-weights.ts';
import { type FixedWeights, fixedWeights } from './fixed-weights.ts';
import { type KernelMemory, type Kernels, reserve } from './load-kernels.ts';
import { FIELDS, PLAN, PLAN_END, type Plan, REALS } from './plan.ts';

/** One view, all parameters decided. */
export interface FastView {
  readonly crop: Box;
  readonly flip: boolean;
  readonly height: number;
  readonly width: number;
  readonly interpolation: Interpolation;
  readonly jitter: ColorJitterParams | null;
  readonly grayscale: boolean;
  readonly blur: { readonly kernelSize: number; readonly sigma: number } | null;
  readonly solarize: { readonly threshold: number } | null;
  readonly normalize: ChannelStatistics;
}

/**
 * Renders a view by the WebAssembly kernels: resampling and blur in 16-bit fixed point, colours in float32, all of a row while it is in the nearest
 * cache; a view whose jitter needs the mean grey (contrast) takes a second pass, one with blur a third.
 *
 * Differs from the reference in TypeScript by less than a tenth of a level of 8 bits on average; the same bits on every machine.
 */
export function renderFast(
  kernels: Kernels,
  image: ByteImage,
  view: FastView,
  out: Float32Array,
  offset: number,
): void {
  const { memory } = kernels;
  const { crop, height, width } = view;
  const copies = copyMode(view);
  const rows = copies > 0 ? unchangedRows(height) : fixedWeights(crop.height, height, view.interpolation);
  const columns = fixedWeights(crop.width, width, view.interpolation);
  const blur = view.blur === null ? null : blurWeights(view.blur.kernelSize, view.blur.sigma);
  const radius = blur === null ? 0 : blur.length - 1;
  const plan = layout(view, rows.pairs, columns.pairs, radius);
  const band = bandRows(crop.width * 3);
  reserve(memory, plan.source + (Math.min(crop.height, band) + 2) * crop.width * 3 + 64);
  const { before, after } = writeOperations(memory, plan.ops, view);
  const contrast = after.length > 0;
  plan.opsBefore = before.length;
  plan.opsAfter = after.length;
  plan.sumsGrey = Number(contrast);
  plan.keepsFirst = Number(contrast || blur !== null);
  plan.keepsSecond = Number(blur !== null);
  plan.solarizes = Number(view.solarize !== null);
  plan.copies = copies;
  writePlan(memory, plan, view);
  writeColumns(memory, plan, columns, view.flip);
  if (blur !== null) writeBlur(memory, plan, blur);
  let sum = 0;
  for (let from = 0; from < height;) {
    const to = writeBand(memory, plan, image, crop, rows, from, band);
    sum += kernels.firstPass(from, to);
    from = to;
  }
  if (contrast) {
    const rest = ((1 - (view.jitter as ColorJitterParams).contrast) * sum) / (height * width);
    new Float32Array(memory.buffer, plan.ops + before.length * 16 + 8, 1)[0] = rest;
    kernels.secondPass();
  }
  if (blur !== null) kernels.blurPass();
  out.set(new Float32Array(memory.buffer, plan.out, height * width * 3), offset);
}

/** A crop of the view's own size is not resampled: 1, mirrored 2 (whole groups of four pixels only); 0: it is. */
function copyMode({ crop, height, width, flip }: FastView): number {
  if (crop.height !== height || crop.width !== width) return 0;
  if (!flip) return 1;
  return width % 4 === 0 ? 2 : 0;
}

/** Row y of the view from row y of the crop; the weights are not read. */
function unchangedRows(height: number): FixedWeights {
  return { pairs: 1, first: Int32Array.from({ length: height }, (_, y) => y), weights: new Int16Array(0) };
}

/** Bands of about 4 MiB: a crop of any size is read piece by piece, so the kernels' memory stays small. */
function bandRows(bytesPerRow: number): number {
  return Math.max(1, Math.floor(2 ** 22 / bytesPerRow));
}

/** Addresses of everything; the source comes last, so that its size moves nothing. */
function layout(view: FastView, rowPairs: number, columnPairs: number, radius: number): Plan {
  const { height, width, crop } = view;
  const paddedWidth = Math.ceil(width / 32) * 32;
  const columns = Math.ceil(width / 4) * 4;
  const lineBytes = crop.width * 3;
  let end = PLAN_END;
  const place = (bytes: number): number => {
    const at = Math.ceil(end / 64) * 64;
    end = at + bytes;
    return at;
  };
  return {
    width,
    height,
    paddedWidth,
    sourceStride: lineBytes,
    lineBytes,
    rowPairs,
    columnPairs,
    ops: place(6 * 16),
    rowFirst: place(height * 4),
    rowWeights: place(height * rowPairs * 4),
    columnFirst: place(columns * 4),
    columnWeights: place(columns * columnPairs * 4),
    line: place((lineBytes + 16) * 2 + columnPairs * 12 + 64),
    row: place(paddedWidth * 12),
    blurRadius: radius,
    blurWeights: place((radius + 1) * 16),
    blurRows: place((height + 2 * radius) * 4),
    blurColumns: place((width + 2 * radius) * 4),
    blurLine: place((paddedWidth + 2 * radius + 32) * 2),
    planes: place(height * paddedWidth * 6 + 64),
    out: place(height * width * 12 + 64),
    source: place(0),
    opsBefore: 0,
    opsAfter: 0,
    sumsGrey: 0,
    keepsFirst: 0,
    keepsSecond: 0,
    solarizes: 0,
    copies: 0,
  };
}

function writePlan(memory: KernelMemory, plan: Plan, { normalize, solarize }: FastView): void {
  const integers = new Int32Array(memory.buffer, PLAN, REALS);
  FIELDS.forEach((name, at) => {
    integers[at] = plan[name];
  });
  const reals = new Float32Array(memory.buffer, PLAN + REALS * 4, 7);
  for (let channel = 0; channel < 3; channel++) {
    reals[channel] = 1 / normalize.std[channel];
    reals[3 + channel] = -normalize.mean[channel] / normalize.std[channel];
  }
  reals[6] = (solarize?.threshold ?? 1) - 1e-6; // as in the reference: a level is 4e-3 wide
}

const CODES = { brightness: 0, contrast: 1, saturation: 2, hue: 3, grayscale: 4 } as const;

type Operation = readonly [code: number, factor: number];

/** Operations up to contrast, and from contrast on; all in the first list where there is none. */
function writeOperations(
  memory: KernelMemory,
  at: number,
  view: FastView,
): { before: readonly Operation[]; after: readonly Operation[] } {
  const { jitter, grayscale } = view;
  const all: Operation[] = [];
  if (jitter !== null) for (const name of jitter.order) all.push([CODES[name], jitter[name]]);
  if (grayscale) all.push([CODES.grayscale, 0]);
  const used = all.filter(
    ([code, factor]) => code === CODES.grayscale || factor !== (code === CODES.hue ? 0 : 1),
  );
  const buffer = new DataView(memory.buffer, at, 6 * 16);
  used.forEach(([code, factor], place) => {
    buffer.setInt32(place * 16, code, true);
    buffer.setFloat32(place * 16 + 4, factor, true);
  });
  const contrast = used.findIndex(([code]) => code === CODES.contrast);
  return contrast < 0
    ? { before: used, after: [] }
    : { before: used.slice(0, contrast), after: used.slice(contrast) };
}

function writeColumns(
  memory: KernelMemory,
  plan: Plan,
  { first, weights, pairs }: FixedWeights,
  flip: boolean,
): void {
  const { width } = plan;
  const padded = Math.ceil(width / 4) * 4;
  const firsts = new Int32Array(memory.buffer, plan.columnFirst, padded);
  const taps = new Int16Array(memory.buffer, plan.columnWeights, padded * pairs * 2);
  for (let x = 0; x < width; x++) firsts[flip ? width - 1 - x : x] = first[x] * 6; // bytes of three 16-bit channels
  if (flip) {
    const step = pairs * 2;
    for (let x = 0; x < width; x++) {
      for (let tap = 0; tap < step; tap++) taps[(width - 1 - x) * step + tap] = weights[x * step + tap];
    }
  } else taps.set(weights);
  firsts.fill(0, width);
  taps.fill(0, width * pairs * 2);
}

function writeBlur(memory: KernelMemory, plan: Plan, weights: Int16Array): void {
  const radius = weights.length - 1;
  const splat = new Int16Array(memory.buffer, plan.blurWeights, weights.length * 8);
  for (let tap = 0; tap <= radius; tap++) splat.fill(weights[tap], tap * 8, tap * 8 + 8);
  const rows = mirrored(plan.height, radius);
  for (let at = 0; at < rows.length; at++) rows[at] *= plan.paddedWidth * 2;
  new Int32Array(memory.buffer, plan.blurRows, rows.length).set(rows);
  new Int32Array(memory.buffer, plan.blurColumns, plan.width + 2 * radius).set(mirrored(plan.width, radius));
}

/** Copies the source rows that the rows of the view from `from` on need, as many as fit; returns where the next band begins. */
function writeBand(
  memory: KernelMemory,
  plan: Plan,
  image: ByteImage,
  crop: Box,
  rows: FixedWeights,
  from: number,
  most: number,
): number {
  const taps = rows.pairs * 2;
  const top = rows.first[from];
  let to = from + 1;
  while (to < plan.height && Math.min(crop.height, rows.first[to] + taps) - top <= most) to++;
  const bottom = Math.min(crop.height, rows.first[to - 1] + taps);
  const bytes = crop.width * 3;
  reserve(memory, plan.source + (bottom - top + 2) * bytes + 64);
  const source = new Uint8Array(memory.buffer, plan.source, (bottom - top) * bytes);
  for (let y = top; y < bottom; y++) {
    const start = ((crop.top + y) * image.width + crop.left) * 3;
    source.set(image.data.subarray(start, start + bytes), (y - top) * bytes);
  }
  const firsts = new Int32Array(memory.buffer, plan.rowFirst, plan.height);
  for (let y = from; y < to; y++) firsts[y] = (rows.first[y] - top) * bytes;
  if (from === 0) {
    new Int16Array(memory.buffer, plan.rowWeights, rows.weights.length).set(rows.weights);
  }
  return to;
}
