import { fold, key, uniformArray } from '@fovea/random';
import { describe, expect, it } from 'vitest';
import { boxIou, generalizedBoxIou } from './box-iou.ts';
import { cocoDetectionAp } from './coco-detection-ap.ts';
import { cocoMaskAp } from './coco-mask-ap.ts';
import { energyPointing } from './energy-pointing.ts';
import { maskRuns, runsIou, type MaskRuns } from './mask-runs.ts';
import { nearestForeground } from './nearest-foreground.ts';
import { nms } from './nms.ts';
import { pointingGame } from './pointing-game.ts';
import { saliencyMetrics } from './saliency-metrics.ts';

describe('boxIou, generalizedBoxIou and nms', () => {
  it('give the figures worked out by hand', () => {
    const [a, b] = [
      [0, 0, 2, 2],
      [1, 1, 3, 3, 5, 5, 6, 6, 0, 0, 0, 0],
    ];
    expect(Array.from(boxIou(a, b))).toEqual([1 / 7, 0, 0]);
    expect(Array.from(generalizedBoxIou(a, b))).toEqual([1 / 7 - 2 / 9, -31 / 36, 0]);
    expect(boxIou([1, 1, 1, 1], [1, 1, 1, 1])[0]).toBe(0);
  });

  it('keep a box at exactly the threshold and the earlier of two equals', () => {
    const boxes = [0, 0, 2, 1, 1, 0, 3, 1, 0, 0, 2, 1]; // IoU of the first two is 1/3
    expect(Array.from(nms(boxes, [0.5, 0.9, 0.5], { threshold: 1 / 3 }))).toEqual([1, 0]);
    expect(Array.from(nms(boxes, [0.5, 0.9, 0.5], { threshold: 0.3 }))).toEqual([1]);
  });

  it('refuse boxes whose corners are swapped', () => {
    expect(() => boxIou([2, 0, 1, 1], [0, 0, 1, 1])).toThrow(/a: box 0 is \(2, 0, 1, 1\)/);
    expect(() => nms([0, 0, 1, 1], [NaN], { threshold: 0.5 })).toThrow(/score 0 is NaN/);
  });
});

describe('cocoDetectionAp', () => {
  const truth = { boxes: [0, 0, 10, 10, 20, 20, 10, 10], images: [1, 1], classes: [3, 3] };

  it('is 1 for the truth itself and 0 for nothing', () => {
    const perfect = cocoDetectionAp(truth, { ...truth, scores: [0.5, 0.5] });
    expect([perfect.AP, perfect.AP50, perfect.AR100]).toEqual(
      [1, 1, 1].map((value) => expect.closeTo(value, 12) as number),
    );
    expect(perfect.AR1).toBe(0.5);
    expect(cocoDetectionAp(truth, { boxes: [], images: [], classes: [], scores: [] }).AP).toBe(0);
  });

  it('counts a second hit on one box as a false alarm and leaves other classes out', () => {
    const detections = {
      boxes: [0, 0, 10, 10, 0, 0, 10, 10, 20, 20, 10, 10, 0, 0, 5, 5],
      images: [1, 1, 1, 1],
      classes: [3, 3, 3, 8],
      scores: [0.9, 0.8, 0.7, 0.99],
    };
    const { AP, perClassAP } = cocoDetectionAp(truth, detections);
    expect(perClassAP).toHaveLength(1);
    expect(AP).toBeCloseTo((51 + 50 * (2 / 3)) / 101, 12);
  });

  it('refuses lists that do not fit and images without truth', () => {
    expect(() => cocoDetectionAp(truth, { ...truth, scores: [1] })).toThrow(/2 detections and 1 scores/);
    const none = { boxes: [], images: [], classes: [] };
    expect(() => cocoDetectionAp(none, { ...none, scores: [] })).toThrow(/no true object/);
  });
});

describe('pointingGame and energyPointing', () => {
  const maps = Float32Array.of(0, 1, 0, 0, 0, 0, 0, 3, 1);
  const input = { maps, masks: [1, 0, 0, 0, 0, 0, 0, 0, 1], height: 3, width: 3 };

  it('count a mask pixel at exactly the tolerance', () => {
    const masks = [0, 0, 0, 0, 0, 0, 0, 0, 1];
    expect(pointingGame({ ...input, masks }, { tolerance: 0.9 }).hits[0]).toBe(0);
    expect(pointingGame({ ...input, masks }, { tolerance: 1 }).hits[0]).toBe(1);
    expect(energyPointing(input)[0]).toBeCloseTo(1 / 5, 15);
  });

  it('refuse a map that points nowhere, NaN, and negative energy', () => {
    expect(() => pointingGame({ ...input, maps: new Float32Array(9).fill(2) }, { tolerance: 0 })).toThrow(
      /map 0 is 2 everywhere/,
    );
    expect(() => pointingGame({ ...input, maps: maps.map(() => NaN) }, { tolerance: 0 })).toThrow(
      /row 0 holds NaN/,
    );
    expect(() => energyPointing({ ...input, maps: maps.map((value) => -value) })).toThrow(/map 0 holds -1/);
    expect(() => energyPointing({ ...input, maps: new Float32Array(9) })).toThrow(/0 everywhere/);
  });
});

describe('saliencyMetrics', () => {
  const groundTruth = Uint8Array.from({ length: 48 }, (_, at) => (at % 8 > 3 ? 255 : 0));
  const shape = { height: 6, width: 8 };

  it('is best for the mask itself and does not change under an increasing line', () => {
    const best = saliencyMetrics({ prediction: groundTruth, groundTruth, ...shape });
    expect([best.mae, best.maxF, best.sMeasure]).toEqual([0, 1, expect.closeTo(1, 12) as number]);
    const prediction = Uint8Array.from(uniformArray(key(0), 48, 0, 100));
    const once = saliencyMetrics({ prediction, groundTruth, ...shape });
    const twice = saliencyMetrics({
      prediction: prediction.map((value) => 2 * value),
      groundTruth,
      ...shape,
    });
    expect(twice.sMeasure).toBeCloseTo(once.sMeasure, 12);
    expect(twice.mae).toBeCloseTo(once.mae, 12);
  });

  it.each([
    ['empty', 0, 0],
    ['full', 255, 1],
  ])('stays finite for a %s mask and a constant map', (_name, level, mae) => {
    const scores = saliencyMetrics({
      prediction: new Uint8Array(48),
      groundTruth: new Uint8Array(48).fill(level),
      ...shape,
    });
    expect(Object.values(scores).every(Number.isFinite)).toBe(true);
    expect(scores.mae).toBe(mae);
  });

  it('refuses images of different sizes', () => {
    expect(() => saliencyMetrics({ prediction: new Uint8Array(3), groundTruth, ...shape })).toThrow(
      /prediction has 3/,
    );
  });
});

describe('nearestForeground', () => {
  it('finds what a search over all mask pixels finds, ties to the lower column and row', () => {
    const [height, width] = [9, 11];
    const mask = Uint8Array.from(uniformArray(key(4), 99), (value) => (value < 0.12 ? 1 : 0));
    const { index, distance } = nearestForeground(mask, height, width);
    mask.forEach((_, at) => {
      const [row, column] = [Math.floor(at / width), at % width];
      const ranked = [...mask.keys()]
        .filter((other) => mask[other])
        .map((other) => ({
          other,
          squared: (Math.floor(other / width) - row) ** 2 + ((other % width) - column) ** 2,
        }))
        .sort((a, b) => a.squared - b.squared || (a.other % width) - (b.other % width) || a.other - b.other);
      expect(index[at]).toBe(ranked[0].other);
      expect(distance[at]).toBe(Math.sqrt(ranked[0].squared));
    });
  });
});

describe('cocoMaskAp', () => {
  const square = (from: number, to: number): MaskRuns =>
    maskRuns(Array.from({ length: 36 }, (_, at) => Number(at >= from && at < to)));

  it('counts pixels of runs as of the masks themselves', () => {
    for (let draw = 0; draw < 20; draw++) {
      const [a, b] = [0, 1].map((which) =>
        uniformArray(fold(key(draw), which), 50).map((u) => Number(u < 0.4)),
      );
      const both = a.reduce((sum, value, at) => sum + value * b[at], 0);
      const either = a.reduce((sum, value, at) => sum + Math.max(value, b[at]), 0);
      expect(runsIou(maskRuns(a), maskRuns(b))).toBe(both / either);
    }
    expect(maskRuns([1, 1, 0])).toEqual([0, 2, 1]);
    expect(runsIou(maskRuns([0, 0]), maskRuns([0, 0]))).toBe(0);
  });

  it('is 1 for the masks themselves, and 0.5 at IoU 0.7 and up to it', () => {
    const truth = { masks: [square(0, 10)], images: [0], classes: [3] };
    const same = cocoMaskAp(truth, { ...truth, scores: [0.1] });
    expect(same.AP).toBeCloseTo(1, 12);
    expect(same.AR1).toBe(1);
    const { AP, AP75 } = cocoMaskAp(truth, { ...truth, masks: [square(3, 10)], scores: [0.1] });
    expect(AP).toBeCloseTo(0.5, 12);
    expect(AP75).toBe(0);
  });

  it('refuses masks of two sizes in an image, and scores that are not numbers', () => {
    const truth = { masks: [square(0, 10)], images: [0], classes: [0] };
    const other = { ...truth, masks: [maskRuns([1, 1])], scores: [1] };
    expect(() => cocoMaskAp(truth, other)).toThrow(/mask 0 of detections has 2 pixels.*has 36/);
    expect(() => cocoMaskAp(truth, { ...truth, scores: [NaN] })).toThrow(/score 0 is NaN/);
  });
});
