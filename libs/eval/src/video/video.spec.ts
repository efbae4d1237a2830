import { fold, key, normalArray } from '@fovea/random';
import { tf } from '@fovea/tensorflow';
import { describe, expect, it } from 'vitest';
import { hardLabels, propagateLabels } from './propagate-labels.ts';
import { boundaryMeasure, regionAndBoundary, regionSimilarity } from './region-and-boundary.ts';

const dino = { frames: 7, window: 12, topK: 5, temperature: 0.1 };

describe('propagateLabels', () => {
  const [rows, columns] = [4, 6];
  const patches = normalArray(key(0), rows * columns * 16, 0, 1);
  const first = Float32Array.from({ length: 2 * rows * columns }, (_, at) =>
    Number((at % 2 === 1) === Math.floor(at / 2) % columns < 3),
  );

  it('follows patches that move', () => {
    const moved = (by: number): Float32Array => {
      const frame = new Float32Array(patches.length);
      for (let patch = 0; patch < rows * columns; patch++) {
        const source = patch - (patch % columns) + ((patch - by + columns) % columns);
        frame.set(patches.subarray(source * 16, (source + 1) * 16), patch * 16);
      }
      return frame;
    };
    const video = { features: [moved(0), moved(1), moved(2)], rows, columns };
    const soft = propagateLabels(video, first, { ...dino, topK: 1 });
    const labels = hardLabels(soft[2], 2);
    labels.forEach((label, patch) => {
      expect(label).toBe(Number(((patch % columns) - 2 + columns) % columns < 3));
    });
  });

  it('gives weights that sum to 1, and leaves no tensor', () => {
    const before = tf.memory().numTensors;
    const features = [0, 1, 2].map((at) => normalArray(fold(key(1), at), patches.length));
    const soft = propagateLabels({ features, rows, columns }, first, dino);
    for (const frame of soft) {
      for (let at = 0; at < frame.length; at += 2) expect(frame[at] + frame[at + 1]).toBeCloseTo(1, 5);
    }
    expect(tf.memory().numTensors).toBe(before);
  });

  it('looks no further than the window', () => {
    const features = [patches, patches.slice().reverse()];
    const [, soft] = propagateLabels({ features, rows, columns }, first, { ...dino, window: 0 });
    expect(Array.from(soft)).toEqual(Array.from(first));
  });

  it('refuses NaN by its frame and patch, and a window of half a patch', () => {
    expect(() =>
      propagateLabels({ features: [patches], rows, columns }, first, { ...dino, window: 0.5 }),
    ).toThrow(/window must be an integer >= 0, got 0.5/);
    const broken = patches.slice();
    broken[17] = NaN;
    expect(() => propagateLabels({ features: [patches, broken], rows, columns }, first, dino)).toThrow(
      /features\[1\]: row 1 holds NaN/,
    );
  });
});

describe('region and boundary', () => {
  const [height, width] = [20, 30];
  const square = (left: number): Uint8Array =>
    Uint8Array.from({ length: height * width }, (_, at) => {
      const [row, column] = [Math.floor(at / width), at % width];
      return Number(row >= 5 && row < 15 && column >= left && column < left + 10);
    });
  const pair = (a: number, b: number) => ({ prediction: square(a), truth: square(b), height, width });

  it('give the figures worked out by hand', () => {
    expect(regionSimilarity(pair(5, 5))).toBe(1);
    expect(regionSimilarity(pair(5, 10))).toBeCloseTo(50 / 150, 15);
    expect(boundaryMeasure(pair(5, 6))).toBe(1); // one pixel is within ceil(0.008 * 36) = 1
    expect(boundaryMeasure(pair(2, 18))).toBe(0);
    expect(regionAndBoundary([pair(0, 9), pair(5, 5), pair(0, 9)])).toEqual({ J: 1, F: 1, JF: 1 });
  });

  it('follow the conventions for empty masks', () => {
    const empty = new Uint8Array(height * width);
    const both = { prediction: empty, truth: empty, height, width };
    expect([regionSimilarity(both), boundaryMeasure(both)]).toEqual([1, 1]);
    const missed = { ...pair(5, 5), prediction: empty };
    expect([regionSimilarity(missed), boundaryMeasure(missed)]).toEqual([0, 0]);
    expect(() => regionSimilarity({ ...both, prediction: empty.map(() => 255) })).toThrow(/0 and 1 alone/);
    expect(() => regionAndBoundary([both])).toThrow(/at least 3 frames/);
  });
});
