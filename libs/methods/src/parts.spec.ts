import { vit } from '@fovea/backbones';
import { key } from '@fovea/random';
import { keyTensor, randomNormal, tf, type Tensor3D } from '@fovea/tensorflow';
import { describe, expect, it } from 'vitest';
import { contrastiveBoxes, renewsBoxes } from './contrastive-crop.ts';
import { shrunk } from './dida.ts';
import { embeddingSpread } from './embedding-spread.ts';
import {
  backboneOf,
  disposeModules,
  eachView,
  embed,
  encoderOf,
  featuresOf,
  globalViews,
  localViews,
} from './encoder.ts';
import { labViews } from './lab-views.ts';
import { methodNamed } from './methods.ts';
import { scaledOptions } from './scaled-options.ts';
import { momentumSchedule, rampSchedule, switchSchedule } from './schedules.ts';
import { largest, tinyLearner } from './testing/drive.ts';
import { asVit, drawnPatches } from './vit-tokens.ts';

const backbone = { depth: 18, width: 4, stem: 'cifar' } as const;
const projector = { hidden: [8], outputs: 6, hiddenNorm: true, outputNorm: 'none' } as const;

describe('embed', () => {
  const views = randomNormal(key(1), [3, 4, 16, 16, 3]);
  const small = randomNormal(key(2), [2, 4, 8, 8, 3]);

  it('takes views of several resolutions, in their order', () => {
    const encoder = encoderOf({ backbone, projector }, key(0));
    tf.tidy(() => {
      const all = embed(encoder, [views, small], 'eval');
      expect(all.shape).toEqual([5, 4, 6]);
      const apart = tf.concat([embed(encoder, views, 'eval'), embed(encoder, small, 'eval')]);
      expect(largest(tf.sub(all, apart))).toBeLessThan(1e-5);
      expect(eachView(all).map(({ shape }) => shape)).toEqual(Array(5).fill([4, 6]));
    });
    disposeModules({ ...encoder });
  });
  it('takes batch statistics over all views of a resolution, or over each view', () => {
    const encoder = encoderOf({ backbone, projector }, key(0));
    tf.tidy(() => {
      const joint = featuresOf(encoder.backbone, views, 'train');
      const apart = featuresOf(encoder.backbone, views, 'train', 'per-view');
      const first = featuresOf(encoder.backbone, globalViews([views], 1), 'train');
      expect(largest(tf.sub(joint, apart))).toBeGreaterThan(1e-3);
      expect(largest(tf.sub(tf.slice(apart, [0, 0, 0], [1, 4, 32]), first))).toBeLessThan(1e-5);
    });
    disposeModules({ ...encoder });
  });
  it('splits global and local views wherever their resolutions do', () => {
    tf.tidy(() => {
      expect(globalViews([views], 2).shape[0]).toBe(2);
      expect(localViews([views, small], 2).map(({ shape }) => shape.slice(0, 3))).toEqual([
        [1, 4, 16],
        [2, 4, 8],
      ]);
      expect(localViews([views], 3)).toEqual([]);
      expect(() => globalViews([views], 4)).toThrow('the first resolution has 3 views, 4 are needed');
    });
  });
  it('refuses a kind of backbone that there is not', () => {
    expect(() => backboneOf({ ...backbone, kind: 'vgg' } as never, key(0))).toThrow(
      "kind must be 'resnet', 'vit', 'caformer' or 'custom'",
    );
  });
});

describe('embeddingSpread', () => {
  it('is 0 for equal vectors and about 1 for vectors that point everywhere', () => {
    tf.tidy(() => {
      expect(embeddingSpread(tf.ones([6, 4])).dataSync()[0]).toBeCloseTo(0, 5);
      const z = randomNormal(key(3), [4000, 16]);
      expect(embeddingSpread(z).dataSync()[0]).toBeCloseTo(1, 1);
      expect(embeddingSpread(tf.mul(z, 7)).dataSync()[0]).toBeCloseTo(embeddingSpread(z).dataSync()[0], 5);
    });
  });
});

describe('labViews', () => {
  const statistics = { mean: [0.5, 0.4, 0.3], std: [0.2, 0.3, 0.25] } as const;
  const normalised = (rgb: readonly number[]) =>
    tf.tensor(
      rgb.map((x, c) => (x - statistics.mean[c]) / statistics.std[c]),
      [1, 1, 1, 3],
    );

  // CIELAB of white, black, red and blue (D65).
  it.each([
    [
      [1, 1, 1],
      [100, 0, 0],
    ],
    [
      [0, 0, 0],
      [0, 0, 0],
    ],
    [
      [1, 0, 0],
      [53.24, 80.09, 67.2],
    ],
    [
      [0, 0, 1],
      [32.3, 79.19, -107.86],
    ],
  ])('of %o is %o, scaled', (rgb, [L, a, b]) => {
    tf.tidy(() => {
      const { lightness, colour } = labViews(normalised(rgb), statistics);
      const [l, ...noLight] = lightness.dataSync();
      const [first, second, noColour] = colour.dataSync();
      expect(50 * l + 50).toBeCloseTo(L, 0);
      expect(92.208 * first + 6.025).toBeCloseTo(a, 0);
      expect(101.1675 * second - 6.6895).toBeCloseTo(b, 0);
      expect([...noLight, noColour].map(Math.abs)).toEqual([0, 0, 0]);
    });
  });
});

describe('schedules', () => {
  it('take momentum along a half cosine, temperatures along a line, and switch', () => {
    const momentum = momentumSchedule([0.9, 1]);
    expect([0, 0.5, 1].map((p) => Number(momentum(p).toFixed(9)))).toEqual([0.9, 0.95, 1]);
    expect(() => momentumSchedule([0.9, 1.1])).toThrow('momentum must lie in [0, 1], got 1.1');
    expect([0, 0.25, 0.5, 1].map(rampSchedule([4, 7], 0.5))).toEqual([4, 5.5, 7, 7]);
    expect(rampSchedule([4, 7], 0)(0)).toBe(7);
    expect([0, 0.1, 1].map(switchSchedule(0.1))).toEqual([0, 1, 1]);
  });
});

describe('scaledOptions', () => {
  it('changes widths and leaves layers, norms and what was not named', () => {
    const sizes = { hidden: 12, predictor: 10, outputs: 8 };
    expect(scaledOptions(methodNamed('simsiam'), sizes)).toEqual({
      projector: { hidden: [12, 12], outputs: 8, hiddenNorm: true, outputNorm: 'plain' },
      predictor: { hidden: [10], outputs: 8, hiddenNorm: true, outputNorm: 'none' },
    });
    expect(scaledOptions(methodNamed('dino'), { hidden: 12, prototypes: 20, bottleneck: 4 })).toEqual({
      projector: { hidden: [12, 12], bottleneck: 4, prototypes: 20, hiddenNorm: false },
    });
    expect(scaledOptions(methodNamed('insdis'), { images: 50, negatives: 7 })).toMatchObject({
      images: 50,
      negatives: 7,
    });
    expect(scaledOptions(methodNamed('moco-v2'), { normalisedProjector: true })).toMatchObject({
      projector: { hidden: [2048], outputs: 128, hiddenNorm: true, outputNorm: 'plain' },
    });
    expect(scaledOptions(methodNamed('dino'), { normalisedProjector: true })).toMatchObject({
      projector: { hiddenNorm: true },
    });
    expect(scaledOptions(methodNamed('simsiam'), { normalisedProjector: true }).predictor).toMatchObject({
      outputNorm: 'none',
    });
    expect(scaledOptions(methodNamed('moco-v2'), { queue: 64 })).toMatchObject({
      queue: 64,
      projector: { hidden: [2048] },
    });
  });
});

describe('heads of the papers', () => {
  const layers = (name: string, module: string) => {
    const learner = tinyLearner(methodNamed(name));
    const found = [...learner.weights]
      .filter(([own]) => own.startsWith(`${module}.`))
      .map(([own, { shape }]) => `${own.slice(module.length + 1)} ${shape.join('x')}`);
    learner.dispose();
    return found;
  };
  // Hidden 12, predictor 10, outputs 8, of 8 features (12 of the vision transformer).
  it.each([
    ['moco-v1', 'projector', ['0.weight 8x8', '0.bias 8']],
    ['moco-v2', 'projector', ['0.weight 8x12', '0.bias 12', '2.weight 12x8', '2.bias 8']],
    ['byol', 'projector', ['0.weight 8x12', '1.weight 12', '1.bias 12', '3.weight 12x8']],
    ['byol', 'predictor', ['0.weight 8x10', '1.weight 10', '1.bias 10', '3.weight 10x8']],
    [
      'simsiam',
      'projector',
      [
        '0.weight 8x12',
        '1.weight 12',
        '1.bias 12',
        '3.weight 12x12',
        '4.weight 12',
        '4.bias 12',
        '6.weight 12x8',
      ],
    ],
    ['simsiam', 'predictor', ['0.weight 8x10', '1.weight 10', '1.bias 10', '3.weight 10x8', '3.bias 8']],
    ['moco-v3', 'predictor', ['0.weight 8x10', '1.weight 10', '1.bias 10', '3.weight 10x8']],
    [
      'moco-v3-vit',
      'projector',
      [
        '0.weight 12x12',
        '1.weight 12',
        '1.bias 12',
        '3.weight 12x12',
        '4.weight 12',
        '4.bias 12',
        '6.weight 12x8',
      ],
    ],
    ['swav', 'prototypes', ['weight 10x8']],
    [
      'dino',
      'projector',
      [
        '0.weight 8x12',
        '0.bias 12',
        '2.weight 12x12',
        '2.bias 12',
        '4.weight 12x6',
        '4.bias 6',
        'last.weight 6x10',
      ],
    ],
  ])('%s: %s has layers, norms and biases as tabled', (name, module, expected) => {
    expect(layers(name, module)).toEqual(expected);
  });
});

describe('contrastiveBoxes', () => {
  const images = (from: number, to: number) => ({
    data: new Float32Array((to - from) * 16 * 16 * 3).map((_, at) => Math.sin(at * (from + 1))),
    shape: [to - from, 16, 16, 3],
  });

  it.each([
    ['a ResNet', () => backboneOf(backbone, key(0))],
    ['a vision transformer', () => vit({ size: 'tiny', patch: 4, depth: 1, dim: 12 }, key(0))],
  ])('gives every image a box with an area, by %s', (_, make) => {
    const network = make();
    const before = tf.memory().numTensors;
    const boxes = contrastiveBoxes(network, 5, 2, images, { threshold: 0.1 });
    expect(tf.memory().numTensors).toBe(before);
    expect(boxes).toHaveLength(5);
    for (const [top, left, bottom, right] of boxes) {
      expect(top).toBeGreaterThanOrEqual(0);
      expect(left).toBeGreaterThanOrEqual(0);
      expect(bottom).toBeGreaterThan(top);
      expect(right).toBeGreaterThan(left);
      expect(Math.max(bottom, right)).toBeLessThanOrEqual(1);
    }
    expect(boxes.flat()).not.toEqual(contrastiveBoxes(network, 5, 2, images, { threshold: 0.9 }).flat());
    network.parameters.dispose();
  });
  it('are made anew after the warm-up and every so many epochs', () => {
    const plan = { warmUpEpochs: 20, everyEpochs: 20, threshold: 0.1, alpha: 0.6 };
    expect([1, 19, 20, 21, 40, 59, 60].filter((epochs) => renewsBoxes(plan, epochs))).toEqual([20, 40, 60]);
    expect(
      [0, 1, 2].filter((epochs) => renewsBoxes({ ...plan, warmUpEpochs: 0, everyEpochs: 1 }, epochs)),
    ).toEqual([1, 2]);
  });
  it('belong to the learner that is to have them', () => {
    const learner = tinyLearner(methodNamed('contrastive-crop-moco-v2'), { boxes: { warmUpEpochs: 2 } });
    expect(learner.boxes).toEqual({ warmUpEpochs: 2, everyEpochs: 20, threshold: 0.1, alpha: 0.6 });
    learner.dispose();
  });
});

describe('tokens of a vision transformer', () => {
  it('are drawn without repetition', () => {
    tf.tidy(() => {
      const kept = drawnPatches(keyTensor(key(1)), 5, 16, 12).arraySync();
      for (const row of kept) {
        expect(new Set(row).size).toBe(12);
        expect(Math.max(...row)).toBeLessThan(16);
      }
    });
  });
  it('are refused of a network without any', () => {
    const network = backboneOf(backbone, key(0));
    expect(() => asVit('msn', network)).toThrow(
      "msn: backbone must be a vision transformer (kind 'vit'), got resnet18-w4-cifar.",
    );
    network.parameters.dispose();
  });
});

describe('shrunk', () => {
  it('takes means over the cells of a map', () => {
    tf.tidy(() => {
      const mask = tf.tensor3d([1, 1, 0, 0, 1, 0, 0, 0], [1, 2, 4]);
      expect([...shrunk(mask, [1, 2]).dataSync()]).toEqual([0.75, 0]);
      expect(shrunk(tf.ones([2, 5, 5]) as Tensor3D, [2, 2]).shape).toEqual([2, 2, 2]);
    });
  });
});
