import type { ByteImage } from '@fovea/augment';

// Tables K.1 and K.2 of the JPEG standard, row after row.
const LUMINANCE = [
  16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22,
  29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103,
  121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
];
const CHROMINANCE = [
  17,
  18,
  24,
  47,
  99,
  99,
  99,
  99,
  18,
  21,
  26,
  66,
  99,
  99,
  99,
  99,
  24,
  26,
  56,
  99,
  99,
  99,
  99,
  99,
  47,
  66,
  99,
  99,
  99,
  99,
  99,
  99,
  ...Array<number>(32).fill(99),
];
const COSINES = Float64Array.from({ length: 64 }, (_, at) => {
  const [k, n] = [Math.floor(at / 8), at % 8];
  return (k === 0 ? Math.SQRT1_2 : 1) * 0.5 * Math.cos(((2 * n + 1) * k * Math.PI) / 16);
});

/**
 * What JPEG of a quality leaves of an image: YCbCr with chroma halved both ways, 8x8 cosine transform, quantisation, and back. Entropy coding loses nothing and is left out.
 *
 * Quantisation tables are those of the standard, scaled by libjpeg's rule; chroma is enlarged by libjpeg's triangle filter. Against Pillow single values differ by a few levels
 * (integer arithmetic there).
 *
 * @param quality - 1 … 100
 */
export function jpegRoundTrip(image: ByteImage, quality: number): Uint8Array {
  const { data, height, width } = image;
  const pixels = height * width;
  const planes = [0, 1, 2].map(() => new Float64Array(pixels));
  for (let at = 0; at < pixels; at++) {
    const [r, g, b] = [data[3 * at], data[3 * at + 1], data[3 * at + 2]];
    planes[0][at] = Math.round(0.299 * r + 0.587 * g + 0.114 * b);
    planes[1][at] = Math.round(-0.168735892 * r - 0.331264108 * g + 0.5 * b + 128);
    planes[2][at] = Math.round(0.5 * r - 0.418687589 * g - 0.081312411 * b + 128);
  }
  const scale = quality < 50 ? 5000 / quality : 200 - 2 * quality;
  const table = (base: readonly number[]): number[] =>
    base.map((value) => Math.min(255, Math.max(1, Math.floor((value * scale + 50) / 100))));
  const luma = quantised(planes[0], height, width, table(LUMINANCE));
  const [halfHeight, halfWidth] = [Math.ceil(height / 2), Math.ceil(width / 2)];
  const [cb, cr] = [planes[1], planes[2]].map((plane) => {
    const small = quantised(halved(plane, height, width), halfHeight, halfWidth, table(CHROMINANCE));
    return doubled(small, halfHeight, halfWidth, height, width);
  });
  const result = new Uint8Array(data.length);
  for (let at = 0; at < pixels; at++) {
    const [y, u, v] = [luma[at], cb[at] - 128, cr[at] - 128];
    result[3 * at] = byte(y + 1.402 * v);
    result[3 * at + 1] = byte(y - 0.344136286 * u - 0.714136286 * v);
    result[3 * at + 2] = byte(y + 1.772 * u);
  }
  return result;
}

/** A plane after transform, quantisation and inverse transform, edges repeated up to whole blocks. */
function quantised(
  plane: Float64Array,
  height: number,
  width: number,
  table: readonly number[],
): Float64Array {
  const result = new Float64Array(plane.length);
  const block = new Float64Array(64);
  for (let top = 0; top < height; top += 8) {
    for (let left = 0; left < width; left += 8) {
      for (let at = 0; at < 64; at++) {
        const row = Math.min(height - 1, top + (at >> 3));
        block[at] = plane[row * width + Math.min(width - 1, left + (at & 7))] - 128;
      }
      const coefficients = transform(block, false).map(
        (value, at) => Math.round(value / table[at]) * table[at],
      );
      const back = transform(coefficients, true);
      for (let at = 0; at < 64; at++) {
        const [row, column] = [top + (at >> 3), left + (at & 7)];
        if (row < height && column < width) result[row * width + column] = byte(back[at] + 128);
      }
    }
  }
  return result;
}

/** The two-dimensional cosine transform of a block, or its inverse. */
function transform(block: Float64Array, isInverse: boolean): Float64Array {
  const half = new Float64Array(64);
  const result = new Float64Array(64);
  const cosine = (k: number, n: number): number => (isInverse ? COSINES[n * 8 + k] : COSINES[k * 8 + n]);
  for (let row = 0; row < 8; row++) {
    for (let k = 0; k < 8; k++) {
      for (let n = 0; n < 8; n++) half[row * 8 + k] += cosine(k, n) * block[row * 8 + n];
    }
  }
  for (let column = 0; column < 8; column++) {
    for (let k = 0; k < 8; k++) {
      for (let n = 0; n < 8; n++) result[k * 8 + column] += cosine(k, n) * half[n * 8 + column];
    }
  }
  return result;
}

function halved(plane: Float64Array, height: number, width: number): Float64Array {
  const small = new Float64Array(Math.ceil(height / 2) * Math.ceil(width / 2));
  const columns = Math.ceil(width / 2);
  small.forEach((_, at) => {
    const [row, column] = [2 * Math.floor(at / columns), 2 * (at % columns)];
    const [next, right] = [Math.min(height - 1, row + 1), Math.min(width - 1, column + 1)];
    const sum =
      plane[row * width + column] +
      plane[row * width + right] +
      plane[next * width + column] +
      plane[next * width + right];
    small[at] = Math.floor((sum + 1 + ((column / 2) % 2)) / 4); // libjpeg rounds down and up in turn
  });
  return small;
}

/** Each new value is 9/16, 3/16, 3/16, 1/16 of its four neighbours. */
function doubled(
  small: Float64Array,
  rows: number,
  columns: number,
  height: number,
  width: number,
): Float64Array {
  return Float64Array.from({ length: height * width }, (_, at) => {
    const [y, x] = [Math.floor(at / width), at % width];
    const [row, column] = [y >> 1, x >> 1];
    const otherRow = Math.min(rows - 1, Math.max(0, row + (y % 2 === 1 ? 1 : -1)));
    const otherColumn = Math.min(columns - 1, Math.max(0, column + (x % 2 === 1 ? 1 : -1)));
    const near = 3 * small[row * columns + column] + small[otherRow * columns + column];
    const far = 3 * small[row * columns + otherColumn] + small[otherRow * columns + otherColumn];
    return (3 * near + far) / 16;
  });
}

function byte(value: number): number {
  return Math.min(255, Math.max(0, Math.round(value)));
}
