/** One channel of an image in double precision, row after row. */
export interface Plane {
  readonly data: Float64Array;
  readonly height: number;
  readonly width: number;
}

/** Where a coordinate beyond the border is read: the edge repeated, mirrored at the edge (`reflect-101`), or mirrored with the edge twice (`reflect`). */
export type Border = 'nearest' | 'reflect-101' | 'reflect';

/** A coordinate inside of [0, size). */
export function inside(at: number, size: number, border: Border): number {
  if (at >= 0 && at < size) return at;
  if (border === 'nearest' || size === 1) return at < 0 ? 0 : size - 1;
  const period = border === 'reflect' ? 2 * size : 2 * size - 2;
  const place = ((at % period) + period) % period;
  if (place < size) return place;
  return border === 'reflect' ? period - 1 - place : period - place;
}

/** Separable Gaussian blur, taps up to round(truncate x sigma); sigma 0 leaves the plane as it is (scipy.ndimage.gaussian_filter). */
export function gaussianPlane(plane: Plane, sigma: number, border: Border, truncate: number): Plane {
  if (sigma < 1e-15) return plane;
  const radius = Math.floor(truncate * sigma + 0.5);
  const taps = Float64Array.from({ length: 2 * radius + 1 }, (_, at) =>
    Math.exp(-0.5 * ((at - radius) / sigma) ** 2),
  );
  const total = taps.reduce((sum, tap) => sum + tap, 0);
  return alongRows(alongRows(plane, taps, total, border, true), taps, total, border, false);
}

/** Correlation with a kernel of odd sides. */
export function filterPlane(plane: Plane, kernel: Plane, border: Border): Plane {
  const { height, width, data } = plane;
  const [ry, rx] = [(kernel.height - 1) / 2, (kernel.width - 1) / 2];
  const result = new Float64Array(data.length);
  for (let ky = 0; ky < kernel.height; ky++) {
    for (let kx = 0; kx < kernel.width; kx++) {
      const weight = kernel.data[ky * kernel.width + kx];
      if (weight === 0) continue;
      for (let y = 0; y < height; y++) {
        const row = inside(y + ky - ry, height, border) * width;
        for (let x = 0; x < width; x++) {
          result[y * width + x] += weight * data[row + inside(x + kx - rx, width, border)];
        }
      }
    }
  }
  return { data: result, height, width };
}

/** Bilinear sample at a real coordinate. */
export function sample({ data, height, width }: Plane, y: number, x: number, border: Border): number {
  const [top, left] = [Math.floor(y), Math.floor(x)];
  const [fy, fx] = [y - top, x - left];
  const row0 = inside(top, height, border) * width;
  const row1 = inside(top + 1, height, border) * width;
  const [x0, x1] = [inside(left, width, border), inside(left + 1, width, border)];
  const upper = data[row0 + x0] * (1 - fx) + data[row0 + x1] * fx;
  const lower = data[row1 + x0] * (1 - fx) + data[row1 + x1] * fx;
  return upper * (1 - fy) + lower * fy;
}

/** The centre enlarged by a factor and cut to the old size, bilinearly with corners kept on corners (scipy.ndimage.zoom, order 1). */
export function clippedZoom(plane: Plane, factor: number): Plane {
  const { height, width } = plane;
  const crop = Math.ceil(height / factor);
  const cropWidth = Math.ceil(width / factor);
  const [top, left] = [Math.floor((height - crop) / 2), Math.floor((width - cropWidth) / 2)];
  const [large, largeWidth] = [Math.round(crop * factor), Math.round(cropWidth * factor)];
  const [trim, trimLeft] = [Math.floor((large - height) / 2), Math.floor((largeWidth - width) / 2)];
  const scale = (inner: number, outer: number): number => (outer > 1 ? (inner - 1) / (outer - 1) : 0);
  const data = new Float64Array(height * width);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const row = top + (y + trim) * scale(crop, large);
      const column = left + (x + trimLeft) * scale(cropWidth, largeWidth);
      data[y * width + x] = sample(plane, row, column, 'nearest');
    }
  }
  return { data, height, width };
}

/** Average over boxes that a smaller or larger grid covers, fractions counted (Pillow's BOX resampling). */
export function boxResize(plane: Plane, height: number, width: number): Plane {
  const rows = resizeRows(plane, height);
  return transposed(resizeRows(transposed(rows), width));
}

function resizeRows({ data, height, width }: Plane, wanted: number): Plane {
  const scale = height / wanted;
  const support = Math.max(scale, 1) / 2;
  const result = new Float64Array(wanted * width);
  for (let y = 0; y < wanted; y++) {
    const centre = (y + 0.5) * scale;
    const from = Math.max(0, Math.floor(centre - support + 0.5));
    const to = Math.min(height, Math.floor(centre + support + 0.5));
    let total = 0;
    for (let row = from; row < to; row++) {
      const place = (row + 0.5 - centre) / Math.max(scale, 1);
      const weight = place > -0.5 && place <= 0.5 ? 1 : 0;
      total += weight;
      for (let x = 0; x < width; x++) result[y * width + x] += weight * data[row * width + x];
    }
    for (let x = 0; x < width; x++) result[y * width + x] /= total;
  }
  return { data: result, height: wanted, width };
}

function transposed({ data, height, width }: Plane): Plane {
  const result = new Float64Array(data.length);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) result[x * height + y] = data[y * width + x];
  return { data: result, height: width, width: height };
}

function alongRows(
  plane: Plane,
  taps: Float64Array,
  total: number,
  border: Border,
  isVertical: boolean,
): Plane {
  const { data, height, width } = plane;
  const radius = (taps.length - 1) / 2;
  const result = new Float64Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let tap = 0; tap < taps.length; tap++) {
        const at = isVertical
          ? inside(y + tap - radius, height, border) * width + x
          : y * width + inside(x + tap - radius, width, border);
        sum += taps[tap] * data[at];
      }
      result[y * width + x] = sum / total;
    }
  }
  return { data: result, height, width };
}
