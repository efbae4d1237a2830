import { key } from '@fovea/random';
import { compile, randomNormal, tf, type Scalar, type Tensor, type Tensor4D } from '@fovea/tensorflow';
import { describe, expect, it } from 'vitest';
import { batchNorm } from '../layers/batch-norm.ts';
import { convolution } from '../layers/convolution.ts';
import { Parameters } from '../layers/parameters.ts';
import { resNet, type ResNetOptions } from './resnet.ts';
import { stageForms } from './stage-forms.ts';

const small: ResNetOptions = { depth: 18, width: 4, stem: 'cifar' };

describe('resNet with a smaller output stride', () => {
  it('makes the last map as large as asked, by either way, behind both stems', () => {
    for (const by of ['dilation', 'stride-removal'] as const) {
      for (const [stem, outputStride, side] of [
        ['cifar', 4, 8],
        ['imagenet', 16, 2],
        ['imagenet', 8, 4],
      ] as const) {
        const backbone = resNet({ ...small, stem, reduction: { outputStride, by } }, key(0));
        expect(backbone.featureMap(tf.zeros([1, 32, 32, 3]), 'eval').shape).toEqual([1, side, side, 32]);
        expect(backbone.name).toBe(`resnet18-w4-${stem}-stride${outputStride}-${by}`);
        backbone.parameters.dispose();
      }
    }
  });

  it('dilates as torchvision does: the first block of a stage as the stage before, the others twice as much', () => {
    expect(stageForms(4, { outputStride: 8, by: 'dilation' })).toEqual([
      { stride: 1, dilation: 1, firstDilation: 1 },
      { stride: 2, dilation: 1, firstDilation: 1 },
      { stride: 1, dilation: 2, firstDilation: 1 },
      { stride: 1, dilation: 4, firstDilation: 2 },
    ]);
  });

  it('has the same values as the published network where the maps meet: at every second cell', () => {
    const published = resNet(small, key(0));
    const dilated = resNet({ ...small, reduction: { outputStride: 4, by: 'dilation' } }, key(0));
    const images = randomNormal(key(1), [1, 32, 32, 3]);
    const coarse = published.featureMap(images, 'eval') as Tensor4D;
    const fine = dilated.featureMap(images, 'eval') as Tensor4D;
    const kept = tf.stridedSlice(fine, [0, 0, 0, 0], [1, 8, 8, 32], [1, 2, 2, 1]);
    expect(tf.max(tf.abs(tf.sub(kept, coarse))).dataSync()[0]).toBeLessThan(1e-4);
    published.parameters.dispose();
    dilated.parameters.dispose();
  });

  it('refuses strides out of reach and other ways', () => {
    const make = (outputStride: number, by = 'dilation') =>
      resNet({ ...small, reduction: { outputStride, by: by as 'dilation' } }, key(0));
    expect(() => make(3)).toThrow('outputStride must be a power of 2 from 1 to 8, got 3');
    expect(() => make(16)).toThrow('outputStride must be a power of 2 from 1 to 8, got 16');
    expect(() => make(4, 'magic')).toThrow("by 'dilation' or 'stride-removal', got 'magic'");
  });
});

describe('convolution with dilation', () => {
  it.each([
    [2, 7, 5],
    [3, 6, 7],
    [4, 8, 8],
  ])(
    'of %i equals the convolution with a kernel full of holes, odd sizes and gradient included',
    (dilation, H, W) => {
      const parameters = new Parameters(key(0));
      const layer = convolution(parameters, 'c', { inputs: 2, outputs: 3, kernel: 3, dilation });
      const weight = parameters.weights.get('c.weight')! as unknown as Tensor4D;
      const x = randomNormal(key(1), [2, H, W, 2]);
      const side = 2 * dilation + 1;
      const sparse = (w: Tensor4D): Tensor4D => {
        const places = tf.range(0, 3, 1, 'int32').mul(dilation).toInt();
        const spread = tf.oneHot(places as never, side).toFloat(); // [3, side]
        return tf.tidy(() => {
          const rows = tf.matMul(spread, tf.reshape(w, [3, 18]) as never, true); // [side, 3 * 6]
          const turned = tf.transpose(tf.reshape(rows, [side, 3, 6]), [1, 0, 2]);
          const both = tf.matMul(spread, tf.reshape(turned, [3, side * 6]) as never, true);
          return tf.reshape(tf.transpose(tf.reshape(both, [side, side, 6]), [1, 0, 2]), [side, side, 2, 3]);
        });
      };
      const direct = (y: Tensor) => tf.conv2d(y as Tensor4D, sparse(weight), 1, 'same');
      const y = layer(x, 'eval');
      expect(y.shape).toEqual([2, H, W, 3]);
      expect(tf.max(tf.abs(tf.sub(y, direct(x)))).dataSync()[0]).toBeLessThan(1e-5);
      const slopes = [(v: Tensor) => layer(v, 'eval'), direct].map((f) =>
        tf.grad((v) => tf.sum(tf.square(f(v))))(x),
      );
      expect(tf.max(tf.abs(tf.sub(slopes[0], slopes[1]))).dataSync()[0]).toBeLessThan(1e-4);
      parameters.dispose();
    },
  );

  it('works in a compiled step, and refuses a stride beside it', () => {
    const backbone = resNet({ ...small, reduction: { outputStride: 4, by: 'dilation' } }, key(0));
    const weights = [...backbone.parameters.weights.values()];
    const step = (images: Tensor): Scalar => {
      const { value, grads } = tf.variableGrads(
        () => tf.mean(tf.square(backbone.forward(images, 'train'))) as Scalar,
        weights,
      );
      return tf.add(value, tf.sum(tf.abs(grads[weights[6].name])));
    };
    const images = randomNormal(key(1), [2, 16, 16, 3]);
    const [eager] = tf.tidy(() => step(images).dataSync());
    const compiled = compile(step, { name: 'dilated' });
    expect(Math.abs(compiled(images).dataSync()[0] - eager) / eager).toBeLessThan(1e-4);
    compiled.dispose();
    backbone.parameters.dispose();
    expect(() =>
      convolution(new Parameters(key(0)), 'c', { inputs: 1, outputs: 1, kernel: 3, dilation: 2, stride: 2 }),
    ).toThrow('stride must be 1 with a dilation of 2');
  });
});

describe('the statistics of batch norm', () => {
  const x = randomNormal(key(2), [6, 3]);

  it('of n devices are those of n parts of the batch, and running ones follow the first', () => {
    const parameters = new Parameters(key(0));
    const layer = batchNorm(parameters, 'bn', { channels: 3, statistics: { devices: 2 } });
    const alone = batchNorm(new Parameters(key(0)), 'bn', { channels: 3 });
    const expected = tf.concat(tf.split(x, 2).map((part) => alone(part, 'train')));
    expect(tf.max(tf.abs(tf.sub(layer(x, 'train'), expected))).dataSync()[0]).toBeLessThan(1e-6);
    const mean = parameters.statistics.get('bn.running_mean')!;
    const first = tf.mul(tf.mean(tf.slice(x, [0, 0], [3, 3]), 0), 0.1);
    expect(tf.max(tf.abs(tf.sub(mean, first))).dataSync()[0]).toBeLessThan(1e-6);
    expect(() => layer(tf.ones([5, 3]), 'train')).toThrow('a batch of 5 does not divide among 2 devices');
    expect(() =>
      batchNorm(new Parameters(key(0)), 'bn', { channels: 3, statistics: { devices: 0 } }),
    ).toThrow('devices must be a positive integer, got 0');
  });

  it('when frozen are the running ones, in training too, and stay as they are', () => {
    const frozen = resNet({ ...small, statistics: 'frozen' }, key(0));
    const images = randomNormal(key(1), [2, 8, 8, 3]);
    const before = [...frozen.parameters.statistics.values()].map((variable) => variable.dataSync()[0]);
    const [train, evaluated] = (['train', 'eval'] as const).map((mode) =>
      frozen.forward(images, mode).dataSync(),
    );
    expect([...train]).toEqual([...evaluated]);
    const after = [...frozen.parameters.statistics.values()].map((variable) => variable.dataSync()[0]);
    expect(after).toEqual(before);
    expect(frozen.name).toBe('resnet18-w4-cifar-frozen-statistics');
    frozen.parameters.dispose();
  });
});

describe('resNet with zero last gammas', () => {
  it('starts every block as its shortcut', () => {
    const backbone = resNet({ ...small, zeroLastGamma: true }, key(0));
    const images = randomNormal(key(1), [2, 8, 8, 3]);
    const taps = backbone.forwardTaps(images, 'eval', ['stem', 'layer1.0', 'stage1']);
    expect(tf.max(tf.abs(tf.sub(taps.stem, taps.stage1))).dataSync()[0]).toBe(0);
    expect(tf.max(tf.abs(tf.sub(taps.stem, taps['layer1.0']))).dataSync()[0]).toBe(0);
    backbone.parameters.dispose();
  });
});

describe('forwardTaps of a ResNet', () => {
  it('gives stem, blocks, stages and pooled features of one forward pass', () => {
    const backbone = resNet(small, key(0));
    const images = randomNormal(key(1), [2, 16, 16, 3]);
    const taps = backbone.forwardTaps(images, 'eval', ['stem', 'layer2.1', 'stage2', 'stage4', 'pooled']);
    expect(taps.stem.shape).toEqual([2, 16, 16, 4]);
    expect(taps.stage2).toBe(taps['layer2.1']);
    expect([...taps.stage4.dataSync()]).toEqual([...backbone.featureMap(images, 'eval').dataSync()]);
    expect([...taps.pooled.dataSync()]).toEqual([...backbone.forward(images, 'eval').dataSync()]);
    expect(backbone.taps).toHaveLength(14);
    backbone.parameters.dispose();
  });

  it('runs nothing behind the last name, and names what there is', () => {
    const backbone = resNet(small, key(0));
    const images = randomNormal(key(1), [2, 16, 16, 3]);
    const statistic = backbone.parameters.statistics.get('layer3.0.bn1.running_mean')!;
    backbone.forwardTaps(images, 'train', ['stage2']);
    expect(Math.max(...statistic.dataSync())).toBe(0);
    expect(() => backbone.forwardTaps(images, 'eval', ['stage5'])).toThrow(
      "there is no tap 'stage5'; there are stem,",
    );
    backbone.parameters.dispose();
  });
});

describe('the stem of solo-learn', () => {
  it('pads by two pixels, so that its map is two larger', () => {
    const backbone = resNet({ ...small, stem: 'cifar-padded' }, key(0));
    expect(backbone.forwardTaps(tf.zeros([1, 32, 32, 3]), 'eval', ['stem']).stem.shape).toEqual([
      1, 34, 34, 4,
    ]);
    backbone.parameters.dispose();
  });
});
