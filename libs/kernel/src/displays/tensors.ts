import { base64 } from './images.ts';
import { formatNumber } from './html.ts';
import type { MimeBundle } from './mime-bundle.ts';
import { encodePng } from './png.ts';

/** What a TensorFlow.js tensor has, whichever copy of the library made it. */
export interface TensorLike {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly size: number;
  readonly isDisposed?: boolean;
  dataSync(): ArrayLike<number | string>;
}

const maxListed = 64;
const maxMeasured = 4_000_000;
const maxImages = 32;

export function isTensor(value: object): value is TensorLike {
  const { shape, dtype, size, dataSync } = value as Partial<TensorLike>;
  return (
    Array.isArray(shape) &&
    typeof dtype === 'string' &&
    typeof size === 'number' &&
    typeof dataSync === 'function'
  );
}

/** Type, shape, range, mean, NaN count and small values; three-channel images also as a picture. */
export function tensorBundle(tensor: TensorLike): MimeBundle {
  const { shape, dtype, size } = tensor;
  const title = `Tensor ${dtype} [${shape.join(', ')}]`;
  if (tensor.isDisposed) return { data: { 'text/plain': `${title}, disposed` }, metadata: {} };
  if (size > maxMeasured) return { data: { 'text/plain': title }, metadata: {} };
  const data = tensor.dataSync();
  const lines = [title];
  if (dtype !== 'string' && size > 1) lines.push(statistics(data as ArrayLike<number>));
  if (size <= maxListed) lines.push(nested(data, [...shape], 0, ''));
  const bundle: Record<string, unknown> = { 'text/plain': lines.join('\n') };
  const picture = dtype === 'string' ? undefined : grid(data as ArrayLike<number>, shape);
  if (picture) bundle['image/png'] = picture;
  return { data: bundle, metadata: {} };
}

function statistics(data: ArrayLike<number>): string {
  let [min, max, sum, bad] = [Infinity, -Infinity, 0, 0];
  for (let i = 0; i < data.length; i++) {
    const value = data[i] ?? NaN;
    if (Number.isNaN(value)) bad++;
    else {
      min = Math.min(min, value);
      max = Math.max(max, value);
      sum += value;
    }
  }
  if (bad === data.length) return `all ${bad} values are NaN`;
  const mean = formatNumber(sum / (data.length - bad));
  const note = bad > 0 ? `, NaN in ${bad}` : '';
  return `min ${formatNumber(min)}, max ${formatNumber(max)}, mean ${mean}${note}`;
}

function nested(data: ArrayLike<number | string>, shape: number[], offset: number, indent: string): string {
  const [length, ...rest] = shape;
  if (length === undefined) {
    const value = data[offset];
    return typeof value === 'number' ? formatNumber(value) : JSON.stringify(value);
  }
  const stride = rest.reduce((product, n) => product * n, 1);
  const parts = Array.from({ length }, (_, i) => nested(data, rest, offset + i * stride, `${indent} `));
  return rest.length === 0 ? `[${parts.join(', ')}]` : `[${parts.join(`,\n${indent} `)}]`;
}

/** [H, W, 3] or [N, H, W, 3] of values in 0…1 or 0…255 as a grid of at most 32 pictures. */
function grid(data: ArrayLike<number>, shape: readonly number[]): string | undefined {
  const [channels, width = 0, height = 0, count = 1] = [...shape].reverse();
  if (channels !== 3 || shape.length < 3 || shape.length > 4 || width < 8 || height < 8) return undefined;
  let max = 0;
  for (let i = 0; i < data.length; i++) {
    const value = data[i] ?? NaN;
    // Normalised images have negative values: their colours would be wrong, so no picture.
    if (!(value >= 0 && value <= 255)) return undefined;
    max = Math.max(max, value);
  }
  const scale = max <= 1 ? 255 : 1;
  const shown = Math.min(count, maxImages);
  const columns = Math.min(shown, 8);
  const rows = Math.ceil(shown / columns);
  const [pitchX, pitchY] = [width + 2, height + 2];
  const pixels = new Uint8Array(columns * pitchX * rows * pitchY * 3).fill(255);
  for (let image = 0; image < shown; image++) {
    const [left, top] = [(image % columns) * pitchX, Math.floor(image / columns) * pitchY];
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width * 3; x++) {
        const from = (image * height + y) * width * 3 + x;
        pixels[((top + y) * columns * pitchX + left) * 3 + x] = Math.round((data[from] ?? 0) * scale);
      }
    }
  }
  return base64(encodePng(pixels, columns * pitchX, rows * pitchY));
}
