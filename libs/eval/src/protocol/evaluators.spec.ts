import { fold, key, normalArray } from '@fovea/random';
import { describe, expect, it } from 'vitest';
import { copyDetection } from '../retrieval/copy-detection.ts';
import { faithfulness } from '../grounding/faithfulness.ts';
import { grounding } from '../grounding/grounding.ts';
import { pcaWhitening, whiten } from '../retrieval/pca-whitening.ts';
import { benjaminiHochberg } from '../statistics/benjamini-hochberg.ts';
import { curveBand } from '../statistics/curve-band.ts';
import { collect } from '../testing/blobs.ts';
import { davisPropagation, videoSegmentation } from '../video/video-segmentation.ts';

describe('grounding', () => {
  // Two 2 x 2 maps: the first points at its object, the second beside it.
  const test = {
    maps: Float32Array.of(1, 0.6, 0, 0, 1, 0.5, 0.5, 0),
    masks: [1, 1, 0, 0, 0, 1, 0, 0],
    height: 2,
    width: 2,
  };

  it('gives the values worked out by hand, and chooses a threshold on validation maps alone', async () => {
    const options = {
      tolerance: 0,
      thresholds: [0.5, 0.9],
      validation: { ...test, maps: test.maps.slice(0, 4), masks: [1, 0, 0, 0] },
    };
    const metrics = await collect(grounding(test, options));
    const found = Object.fromEntries(metrics.map(({ metric, value }) => [metric, value]));
    expect(found['grounding.pointing.tol0']).toBe(50);
    expect(found['grounding.energy']).toBeCloseTo(50 * (1 + 0.5 / 2), 5);
    expect(found['grounding.iou.at0.5']).toBeCloseTo(50 * (1 + 1 / 3), 10);
    expect(found['grounding.iou.at0.9']).toBeCloseTo(50 * (1 / 2 + 0), 10);
    expect(found['grounding.iou.chosen']).toBe(found['grounding.iou.at0.9']);
    expect(metrics[metrics.length - 1].chosen).toEqual({ threshold: 0.9 });
    expect(found['grounding.pxap']).toBeGreaterThan(50);
  });
});

describe('faithfulness', () => {
  it('averages the games over images', async () => {
    const task = {
      length: 2,
      map: (index: number) => (index === 0 ? Float32Array.of(4, 3, 2, 1) : Float32Array.of(1, 2, 3, 4)),
      score: (_index: number, keep: Uint8Array) => Promise.resolve((keep[0] + keep[1]) / 2),
    };
    const [insertion, deletion] = await collect(faithfulness(task, { steps: 4 }));
    expect(insertion).toMatchObject({ metric: 'faithfulness.insertion.s4.auc', n: 2, direction: 'up' });
    expect(insertion.value).toBeCloseTo((0.75 + 0.25) / 2, 12);
    expect(deletion.value).toBeCloseTo((0.25 + 0.75) / 2, 12);
  });
});

describe('pcaWhitening and copyDetection', () => {
  it('gives whitened features unit covariance and no mean', () => {
    const [N, D] = [400, 5];
    const raw = normalArray(key(0), N * D);
    const mixed = raw.map((value, at) => 3 + value * (1 + (at % D)) + (at % D > 0 ? raw[at - 1] : 0));
    const z = whiten(pcaWhitening(mixed, N, { components: 3, exponent: 0.5 }), mixed);
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j <= i; j++) {
        let [mean, product] = [0, 0];
        for (let n = 0; n < N; n++) {
          mean += z[n * 3 + i] / N;
          product += (z[n * 3 + i] * z[n * 3 + j]) / N;
        }
        expect(mean).toBeCloseTo(0, 5);
        expect(product).toBeCloseTo(i === j ? 1 : 0, 5);
      }
    }
    expect(() => pcaWhitening(mixed, N, { components: 6, exponent: 0.5 })).toThrow(
      /integer in \[1, 5\], got 6/,
    );
    expect(() => pcaWhitening(new Float32Array(20), 4, { components: 2, exponent: 0.5 })).toThrow(
      /have spread/,
    );
  });

  it('finds copies that a dominant common direction hides without whitening', async () => {
    const [N, D] = [30, 8];
    const make = (name: string, count: number): Float32Array =>
      normalArray(fold(key(1), name), count * D).map((value, at) => (at % D === 0 ? 40 * value : value));
    const bank = make('bank', N);
    const noise = normalArray(fold(key(1), 'noise'), N * D, 0, 0.4);
    const queries = bank.map((value, at) => (at % D === 0 ? 40 * noise[at] * 5 : value + noise[at]));
    const task = {
      queries,
      bank,
      relevant: Array.from({ length: N }, (_, at) => Int32Array.of(at)),
      ignored: Array.from({ length: N }, () => Int32Array.of()),
    };
    const external = make('external', 200);
    const [white] = await collect(copyDetection(task, { external, externalCount: 200, components: D }));
    const [plain] = await collect(copyDetection(task, { external: null, externalCount: 0, components: D }));
    expect([white.metric, plain.metric]).toEqual(['copy.gem4.pca8.mAP', 'copy.gem4.mAP']);
    expect(white.value).toBeGreaterThan(plain.value + 20);
  });
});

describe('videoSegmentation', () => {
  it('follows a square that moves by a patch a frame, and names its settings', async () => {
    const [rows, columns, patch] = [4, 6, 2];
    const patches = normalArray(key(2), rows * columns * 16);
    const shifted = (by: number): Float32Array =>
      Float32Array.from({ length: patches.length }, (_, at) => {
        const [place, d] = [Math.floor(at / 16), at % 16];
        const source = place - (place % columns) + ((place - by + columns) % columns);
        return patches[source * 16 + d];
      });
    const annotation = (by: number): Uint8Array =>
      Uint8Array.from({ length: rows * columns * 4 }, (_, at) => {
        const [y, x] = [Math.floor(at / (columns * patch)), at % (columns * patch)];
        return Number(y >= 2 && y < 6 && x >= 2 + 2 * by && x < 6 + 2 * by);
      });
    const frames = [0, 1, 2, 3];
    const video = {
      name: 'square',
      features: frames.map(shifted),
      annotations: frames.map(annotation),
      rows,
      columns,
      patch,
      objects: 1,
    };
    const metrics = await collect(videoSegmentation([video], davisPropagation));
    expect(metrics.map(({ metric }) => metric)).toEqual(
      ['JF', 'J', 'F'].map((kind) => `vos.f7.w12.k5.t0.1.${kind}`),
    );
    expect(metrics[1].value).toBeGreaterThan(80);
    const small = { ...video, annotations: frames.map(() => new Uint8Array(3)) };
    await expect(collect(videoSegmentation([small], davisPropagation))).rejects.toThrow(
      /frame 0 has 3 pixels/,
    );
  });
});

describe('benjaminiHochberg and curveBand', () => {
  it('equal the values worked out by hand', () => {
    expect([...benjaminiHochberg([0.01, 0.04, 0.03, 1])]).toEqual([0.04, 0.16 / 3, 0.16 / 3, 1]);
    expect(() => benjaminiHochberg([2])).toThrow(/p-value 0 is 2/);
    const { mean, sd, low, high } = curveBand(
      [
        [1, 2],
        [3, 6],
      ],
      { confidence: 0.95 },
    );
    expect([...mean]).toEqual([2, 4]);
    expect(sd[0]).toBeCloseTo(Math.SQRT2, 12);
    expect(high[1] - mean[1]).toBeCloseTo(mean[1] - low[1], 12);
    expect(() => curveBand([[1], [1, 2]], { confidence: 0.95 })).toThrow(/curve 1 has 2 points, the first 1/);
  });
});
