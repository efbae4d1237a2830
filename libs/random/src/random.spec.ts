import { describe, expect, it } from 'vitest';
import {
  fold,
  key,
  normalArray,
  permutation,
  split,
  Stream,
  threefry2x32,
  truncatedNormalArray,
  uniformArray,
} from './index.ts';

describe('threefry2x32', () => {
  it('equals the Random123 known-answer vectors', () => {
    expect([...threefry2x32(0, 0, 0, 0)]).toEqual([0x6b200159, 0x99ba4efe]);
    const ones = 0xffffffff;
    expect([...threefry2x32(ones, ones, ones, ones)]).toEqual([0x1cb996fc, 0xbb002be7]);
    expect([...threefry2x32(0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3)]).toEqual([
      0xc4923a9c, 0x483df7a0,
    ]);
  });
});

describe('key', () => {
  it('gives different keys to different seeds, also beyond 32 bits', () => {
    expect(key(1)).toEqual([0, 1]);
    expect(key(2 ** 32 + 1)).toEqual([1, 1]);
  });
  it('refuses what is no seed, naming it', () => {
    expect(() => key(-1)).toThrow('key: seed must be an integer in [0, 2^53), got -1.');
    expect(() => key(0.5)).toThrow('got 0.5');
    expect(() => fold(key(0), -2)).toThrow('got -2');
  });
  it('folds labels into pairwise different keys, and the same label into the same key', () => {
    const labels = [0, 1, 2 ** 32, 'a', 'b', 'weights', '', 'ä'];
    const texts = labels.map((label) => fold(key(7), label).join());
    expect(new Set(texts).size).toBe(labels.length);
    expect(fold(key(7), 'weights')).toEqual(fold(key(7), 'weights'));
    expect(split(key(7), 3)).toEqual([fold(key(7), 0), fold(key(7), 1), fold(key(7), 2)]);
  });
});

describe('Stream', () => {
  it('is a pure function of its key', () => {
    const [a, b] = [new Stream(key(3)), new Stream(key(3))];
    expect(Array.from({ length: 9 }, () => a.bits())).toEqual(Array.from({ length: 9 }, () => b.bits()));
  });
  it('draws integers without bias and only inside the range', () => {
    const draw = new Stream(key(1));
    const counts = new Int32Array(5);
    for (let i = 0; i < 50_000; i++) counts[draw.integer(-2, 3) + 2]++;
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(5 * Math.sqrt(8000));
    expect(() => draw.integer(3, 3)).toThrow('low < high');
  });
  it('is true with the probability given', () => {
    const draw = new Stream(key(2));
    let count = 0;
    for (let i = 0; i < 50_000; i++) count += Number(draw.bernoulli(0.3));
    expect(Math.abs(count - 15_000)).toBeLessThan(5 * Math.sqrt(50_000 * 0.21));
  });
});

describe('arrays', () => {
  it('uniform numbers have the moments of their range and stay inside it', () => {
    const x = uniformArray(key(4), 100_000, -1, 3);
    expect(Math.min(...x.subarray(0, 50_000))).toBeGreaterThanOrEqual(-1);
    expect(Math.max(...x.subarray(0, 50_000))).toBeLessThan(3);
    expect(mean(x)).toBeCloseTo(1, 1);
    expect(variance(x)).toBeCloseTo(16 / 12, 1);
  });
  it('normal numbers have mean, spread, skewness and kurtosis of a normal distribution', () => {
    const x = normalArray(key(5), 200_000, 2, 3);
    const z = Float32Array.from(x, (value) => (value - 2) / 3);
    expect(mean(z)).toBeCloseTo(0, 1);
    expect(variance(z)).toBeCloseTo(1, 1);
    expect(mean(z.map((value) => value ** 3))).toBeCloseTo(0, 1);
    expect(Math.abs(mean(z.map((value) => value ** 4)) - 3)).toBeLessThan(0.1);
  });
  it('truncated normal numbers never leave two standard deviations', () => {
    const x = truncatedNormalArray(key(6), 50_000, 1, 0.5);
    expect(x.every((value) => Math.abs(value - 1) <= 1)).toBe(true);
    expect(Math.sqrt(variance(x)) / 0.5).toBeCloseTo(0.8796, 2);
  });
  it('a permutation holds every index once and spreads each index over all places', () => {
    const places = new Float64Array(8);
    for (let seed = 0; seed < 4000; seed++) {
      const order = permutation(key(seed), 8);
      expect([...order].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
      places[order.indexOf(0)]++;
    }
    for (const count of places) expect(Math.abs(count - 500)).toBeLessThan(5 * Math.sqrt(500 * 0.875));
  });
});

function mean(x: Float32Array): number {
  return x.reduce((sum, value) => sum + value, 0) / x.length;
}

function variance(x: Float32Array): number {
  const centre = mean(x);
  return x.reduce((sum, value) => sum + (value - centre) ** 2, 0) / x.length;
}
