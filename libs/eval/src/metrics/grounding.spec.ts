import { describe, expect, it } from 'vitest';
import { bestHeadJaccard } from './best-head-jaccard.ts';
import { corLoc } from './cor-loc.ts';
import { expectedCalibrationError } from './expected-calibration-error.ts';
import { bestMapIou, mapIou } from './map-iou.ts';
import { pixelAveragePrecision } from './pixel-average-precision.ts';
import { vocDetectionAp } from './voc-detection-ap.ts';

describe('mapIou, bestMapIou and pixelAveragePrecision', () => {
  const input = {
    maps: Float32Array.of(2, 4, 6, 10, 0, 0, 1, 0),
    masks: [0, 0, 1, 1, 0, 1, 1, 0],
    height: 2,
    width: 2,
  };

  it('give the figures worked out by hand', () => {
    expect(mapIou(input, { threshold: 0.5 })).toEqual({ iou: Float64Array.of(1, 0.5), mean: 0.75 });
    expect(bestMapIou(input, { thresholds: [0.9, 0.5, 0.4] })).toEqual({ mean: 0.75, threshold: 0.4 });
    expect(pixelAveragePrecision({ ...input, maps: Float32Array.of(0, 0, 1, 1, 0, 1, 1, 0) })).toBe(1);
  });

  it('do not change when a map is scaled and shifted', () => {
    const moved = { ...input, maps: input.maps.map((value) => 4 * value - 8) };
    expect(mapIou(moved, { threshold: 0.5 })).toEqual(mapIou(input, { threshold: 0.5 }));
  });

  it('refuse constant maps, empty masks and a threshold that keeps everything', () => {
    expect(() => mapIou({ ...input, maps: new Float32Array(8) }, { threshold: 0.5 })).toThrow(
      /map 0 is 0 everywhere/,
    );
    expect(() => mapIou({ ...input, masks: Array<number>(8).fill(0) }, { threshold: 0.5 })).toThrow(
      /mask 0 is empty/,
    );
    expect(() => mapIou(input, { threshold: 0 })).toThrow(/threshold must lie in \(0, 1\], got 0/);
  });
});

describe('corLoc and bestHeadJaccard', () => {
  it('give the figures worked out by hand', () => {
    const { hits, accuracy } = corLoc(
      [0, 0, 2, 2, 0, 0, 2, 2],
      [
        [0, 0, 2, 1],
        [1, 1, 3, 3, 5, 5, 6, 6],
      ],
    );
    expect([Array.from(hits), accuracy]).toEqual([[1, 0], 0.5]);
    expect(
      bestHeadJaccard(
        [
          [1, 0, 0, 0],
          [1, 1, 0, 1],
        ],
        [1, 1, 0, 1],
        2,
      ),
    ).toEqual({ iou: Float64Array.of(1, 1), mean: 1 });
  });

  it('refuse images without truth', () => {
    expect(() => corLoc([0, 0, 1, 1], [[]])).toThrow(/image 0 has no true box/);
    expect(() => bestHeadJaccard([[1, 0]], [0, 0], 1)).toThrow(/mask 0 is empty/);
  });
});

describe('expectedCalibrationError', () => {
  it('is 0 for honest confidence and the difference for boasting', () => {
    const confident = Float64Array.of(1, 0, 1, 0);
    expect(expectedCalibrationError(confident, Int32Array.of(0, 0), 2, { bins: 15 })).toBe(0);
    expect(expectedCalibrationError(confident, Int32Array.of(0, 1), 2, { bins: 15 })).toBe(0.5);
    const mixed = Float64Array.of(0.6, 0.4, 0.6, 0.4, 0.9, 0.1);
    expect(expectedCalibrationError(mixed, Int32Array.of(0, 1, 0), 2, { bins: 10 })).toBeCloseTo(
      0.2 / 3 + 0.1 / 3,
      12,
    );
  });

  it('refuses logits', () => {
    expect(() => expectedCalibrationError(Float64Array.of(3, 1), Int32Array.of(0), 2, { bins: 5 })).toThrow(
      /row 0 sums to 4; give probabilities/,
    );
  });
});

describe('vocDetectionAp', () => {
  const truth = {
    boxes: [0, 0, 10, 10, 20, 20, 30, 30, 40, 40, 50, 50],
    images: [0, 0, 1],
    difficult: [0, 1, 0],
  };

  it('gives the figures worked out by hand, difficult boxes being neither hit nor miss', () => {
    const detections = {
      boxes: [0, 0, 10, 10, 20, 20, 30, 30, 0, 0, 10, 9, 40, 40, 50, 50],
      images: [0, 0, 0, 1],
      scores: [0.9, 0.8, 0.7, 0.6],
    };
    // counted: hit, second hit on the same box = miss, hit: precision 1, 1/2, 2/3 at recall 1/2, 1/2, 1
    expect(vocDetectionAp(truth, detections, { kind: 'vocArea', threshold: 0.5 })).toBeCloseTo(
      0.5 + 0.5 * (2 / 3),
      14,
    );
    expect(vocDetectionAp(truth, detections, { kind: 'voc07', threshold: 0.5 })).toBeCloseTo(
      (6 + 5 * (2 / 3)) / 11,
      14,
    );
  });

  it('counts a box that is never found against recall', () => {
    const one = { boxes: [0, 0, 10, 10], images: [0], scores: [1] };
    expect(vocDetectionAp(truth, one, { kind: 'vocArea', threshold: 0.5 })).toBe(0.5);
    expect(vocDetectionAp(truth, one, { kind: 'voc07', threshold: 0.5 })).toBeCloseTo(6 / 11, 14);
    expect(
      vocDetectionAp(truth, { boxes: [], images: [], scores: [] }, { kind: 'voc07', threshold: 0.5 }),
    ).toBe(0);
  });
});
