import { key, uniformArray } from '@fovea/random';
import { describe, expect, it } from 'vitest';
import { fft } from './fft.ts';
import { spectralResidual } from './spectral-residual.ts';

describe('fft', () => {
  it.each([1, 2, 3, 7, 8, 12, 20, 64])('equals the sum that defines it at length %d', (n) => {
    const real = Float64Array.from(uniformArray(key(n), n));
    const imaginary = Float64Array.from(uniformArray(key(n + 100), n));
    const re = real.slice();
    const im = imaginary.slice();
    fft(re, im);
    for (let k = 0; k < n; k++) {
      let [sumRe, sumIm] = [0, 0];
      for (let t = 0; t < n; t++) {
        const angle = (-2 * Math.PI * k * t) / n;
        sumRe += real[t] * Math.cos(angle) - imaginary[t] * Math.sin(angle);
        sumIm += real[t] * Math.sin(angle) + imaginary[t] * Math.cos(angle);
      }
      expect(re[k]).toBeCloseTo(sumRe, 9);
      expect(im[k]).toBeCloseTo(sumIm, 9);
    }
    fft(re, im, true);
    re.forEach((value, t) => expect(value).toBeCloseTo(real[t], 12));
  });
});

describe('spectralResidual', () => {
  it('finds the odd one out', () => {
    const wave = (p: number) =>
      Math.sin((2 * Math.PI * (p % 32)) / 32) * Math.cos((2 * Math.PI * (p >> 5)) / 16);
    const data = Float32Array.from({ length: 1024 }, (_, p) => 0.3 + 0.1 * wave(p));
    for (let r = 10; r < 14; r++) for (let c = 20; c < 24; c++) data[r * 32 + c] = 1;
    const map = spectralResidual({ data, width: 32, height: 32 });
    const peak = map.data.indexOf(Math.max(...map.data));
    expect(Math.abs((peak % 32) - 21.5)).toBeLessThan(3);
    expect(Math.abs((peak >> 5) - 11.5)).toBeLessThan(3);
  });
  it('shifts with the image', () => {
    const data = uniformArray(key(3), 256);
    const shifted = data.map((_, p) => data[Math.floor(p / 16) * 16 + ((p + 15) % 16)]);
    const [a, b] = [data, shifted].map(
      (values) => spectralResidual({ data: values, width: 16, height: 16 }).data,
    );
    a.forEach((value, p) => expect(b[Math.floor(p / 16) * 16 + ((p + 1) % 16)]).toBeCloseTo(value, 4));
  });
  it('refuses an even box, a negative sigma and a broken map', () => {
    const map = { data: new Float32Array(4), width: 2, height: 2 };
    expect(() => spectralResidual(map, { mean: 2 })).toThrow('mean must be an odd whole number, got 2');
    expect(() => spectralResidual(map, { sigma: -1 })).toThrow('spectralResidual: sigma');
    expect(() => spectralResidual({ ...map, data: Float32Array.of(0, 1, NaN, 0) })).toThrow(
      'got NaN at index 2',
    );
  });
});
