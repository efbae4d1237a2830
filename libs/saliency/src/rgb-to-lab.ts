/**
 * CIE Lab (D65, 2 degree observer) of sRGB colours.
 *
 * sRGB -> linear -> XYZ -> Lab; L in [0, 100], a and b in about [-108, 99].
 *
 * @param rgb - interleaved sRGB in 0..255, bytes or fractions of bytes // [P, 3]
 * @returns // [P, 3]
 * @throws Error when the length is no multiple of three
 *
 * @example
 * rgbToLab(new Uint8Array([255, 255, 255])); // L = 100, a = b = 0
 */
export function rgbToLab(rgb: ArrayLike<number>): Float32Array {
  if (rgb.length % 3 !== 0) {
    throw new Error(`rgbToLab: rgb must hold three numbers a colour, got ${rgb.length} numbers.`);
  }
  const lab = new Float32Array(rgb.length);
  for (let i = 0; i < rgb.length; i += 3) {
    const r = linear(rgb[i]);
    const g = linear(rgb[i + 1]);
    const b = linear(rgb[i + 2]);
    const fx = root((0.412453 * r + 0.35758 * g + 0.180423 * b) / 0.95047);
    const fy = root(0.212671 * r + 0.71516 * g + 0.072169 * b);
    const fz = root((0.019334 * r + 0.119193 * g + 0.950227 * b) / 1.08883);
    lab[i] = 116 * fy - 16;
    lab[i + 1] = 500 * (fx - fy);
    lab[i + 2] = 200 * (fy - fz);
  }
  return lab;
}

const BYTES = Float64Array.from({ length: 256 }, (_, byte) => expand(byte / 255));

function linear(value: number): number {
  return Number.isInteger(value) && value >= 0 && value <= 255 ? BYTES[value] : expand(value / 255);
}

function expand(value: number): number {
  return value > 0.04045 ? ((value + 0.055) / 1.055) ** 2.4 : value / 12.92;
}

function root(value: number): number {
  return value > 0.008856 ? Math.cbrt(value) : 7.787 * value + 16 / 116;
}
