import { key } from '@fovea/random';
import {
  randomUniform,
  tf,
  type Scalar,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
} from '@fovea/tensorflow';
import { describe, expect, it } from 'vitest';
import { attentionBox } from './attention-box.ts';
import { attentionRollout } from './attention-rollout.ts';
import { bilinearUpsample } from './bilinear-upsample.ts';
import { channelSumCam } from './channel-sum-cam.ts';
import { channelSumCamBox } from './channel-sum-cam-box.ts';
import { classAttention } from './class-attention.ts';
import { contrastiveCam } from './contrastive-cam.ts';
import { differenceAttention, type DifferenceAttentionOptions } from './difference-attention.ts';
import { gradCam } from './grad-cam.ts';
import { gradCamPlusPlus } from './grad-cam-plus-plus.ts';
import { lost } from './lost.ts';
import { maskOut } from './mask-out.ts';
import { sgclTargetMap } from './sgcl-target-map.ts';
import { tokenCut } from './token-cut.ts';

const features = (seed: number, ...shape: number[]) => randomUniform(key(seed), shape) as Tensor4D;
const pool = (A: Tensor4D) => A.mean([1, 2]) as Tensor2D;
const leakless = (run: () => Tensor | { [name: string]: Tensor }): number => {
  const before = tf.memory().numTensors;
  tf.dispose(run());
  return tf.memory().numTensors - before;
};

describe('bilinearUpsample', () => {
  it('equals the library resize with half-pixel centres', () => {
    const x = features(1, 2, 3, 5, 2);
    const ours = bilinearUpsample(x, [7, 11]);
    const theirs = tf.image.resizeBilinear(x, [7, 11], false, true);
    expect(ours.sub(theirs).abs().max().dataSync()[0]).toBeLessThan(1e-6);
  });
  it('passes a gradient that sums to the number of outputs', () => {
    const gradient = tf.grad((x) => bilinearUpsample(x as Tensor4D, [8, 8]).sum())(features(2, 1, 3, 3, 1));
    expect(gradient.sum().dataSync()[0]).toBeCloseTo(64, 4);
  });
  it('refuses other shapes', () => {
    expect(() => bilinearUpsample(tf.zeros([2, 2]) as unknown as Tensor4D, [4, 4])).toThrow(
      'bilinearUpsample: x_NHWC must have shape',
    );
  });
});

describe('channelSumCam and its boxes', () => {
  it('scale every image to [0, 1], and a constant one to 0', () => {
    const map = channelSumCam(tf.concat([features(3, 1, 4, 4, 3), tf.ones([1, 4, 4, 3])]) as Tensor4D);
    expect([...map.max([1, 2]).dataSync()]).toEqual([1, 0]);
    expect([...map.min([1, 2]).dataSync()]).toEqual([0, 0]);
  });
  it('give an image without contrast the whole image as box', () => {
    expect([...channelSumCamBox(tf.ones([1, 4, 4, 3]), [8, 8]).boxes.dataSync()]).toEqual([0, 0, 1, 1]);
  });
  it('serve as SGCL target map without a gradient', () => {
    const x = features(4, 1, 3, 3, 2);
    const gradient = tf.grad((A) => sgclTargetMap(A as Tensor4D, [6, 6]).sum())(x);
    expect(gradient.abs().max().dataSync()[0]).toBe(0);
    expect(sgclTargetMap(x, [6, 6]).shape).toEqual([1, 6, 6]);
  });
});

describe('gradCam', () => {
  const weights = tf.tensor1d([1, -2, 0.5]);
  const score = (A: Tensor4D) => pool(A).mul(weights).sum() as Scalar;
  it('has the score weights over the area as channel weights when the score is linear', () => {
    const cam = gradCam(features(5, 2, 4, 5, 3), score);
    expect([...cam.weights.mul(20).dataSync()].map((w) => Math.round(w * 1e5) / 1e5)).toEqual([
      1, -2, 0.5, 1, -2, 0.5,
    ]);
  });
  it('is all zero where nothing speaks for the score, and for a score that does not look', () => {
    const dark = gradCam(features(6, 1, 3, 3, 3), (A) => A.sum().neg() as Scalar);
    expect(dark.map.max().dataSync()[0]).toBe(0);
  });
  it.each([gradCam, gradCamPlusPlus])('%o is differentiable through its own gradient', (cam) => {
    const loss = (A: Tensor) =>
      cam(A as Tensor4D, (B) => pool(B).square().sum() as Scalar)
        .map.square()
        .sum();
    const x = features(7, 1, 3, 3, 2);
    const gradient = tf.grad(loss)(x).dataSync();
    const h = 1e-2;
    for (const index of [1, 8, 13]) {
      const bump = (sign: number) =>
        loss(
          x.add(
            tf
              .oneHot(index, 18)
              .reshape(x.shape)
              .mul(sign * h),
          ),
        ).dataSync()[0];
      expect(gradient[index]).toBeCloseTo((bump(1) - bump(-1)) / (2 * h), 2);
    }
  });
  it('leaves no tensors behind', () => {
    const x = features(8, 1, 3, 3, 3);
    expect(leakless(() => ({ ...gradCam(x, score) }))).toBe(0);
    expect(leakless(() => ({ ...gradCamPlusPlus(x, score) }))).toBe(0);
  });
  it('counts two equal objects alike in its ++ form', () => {
    const x = tf.tensor4d([1, 0, 0, 1], [1, 2, 2, 1]);
    expect(
      [...gradCamPlusPlus(x, (A) => A.sum() as Scalar).map.dataSync()].map((v) => Math.round(v * 1e4) / 1e4),
    ).toEqual([1, 0, 0, 1]);
  });
});

describe('differenceAttention', () => {
  const x = features(9, 2, 4, 4, 3);
  const masked = x.mul(tf.tensor([1, 0.5, 0.9], [1, 1, 1, 3])) as Tensor4D;
  const variants: Partial<DifferenceAttentionOptions>[] = [
    {},
    { form: 'features' },
    { score: 'cosine' },
    { score: 'l2' },
    { threshold: 'mean' },
    { threshold: { topK: 1 } },
    { soft: 0.05, threshold: 0.01 },
    { relu: false },
    { stopMasked: false },
  ];
  it.each(variants)('is all zero where masking changed nothing: %j', (options) => {
    const { map, difference } = differenceAttention(x, x, pool, options);
    if (options.score === 'cosine') expect(Math.abs(difference.dataSync()[0])).toBeLessThan(1e-5);
    else {
      expect(difference.dataSync()[0]).toBe(0);
      if (options.soft === undefined) expect(map.abs().max().dataSync()[0]).toBe(0);
    }
  });
  it.each(variants)('has values in [0, 1] and a finite gradient that is not zero: %j', (options) => {
    const { map } = differenceAttention(x, masked, pool, options);
    expect(map.shape).toEqual([2, 4, 4]);
    expect(map.min().dataSync()[0]).toBeGreaterThanOrEqual(0);
    expect(map.max().dataSync()[0]).toBeLessThanOrEqual(1);
    const loss = (A: Tensor) =>
      differenceAttention(A as Tensor4D, masked, pool, options)
        .map.square()
        .sum();
    const gradient = tf.grad(loss)(x).dataSync();
    expect(gradient.every(Number.isFinite)).toBe(true);
    expect(gradient.some((value) => Math.abs(value) > 1e-4)).toBe(true);
  });
  it('counts only the channels whose difference lies above the threshold', () => {
    const { difference } = differenceAttention(x, masked, pool, { threshold: { topK: 1 } });
    const largest = pool(x).sub(pool(masked)).abs().max(1).sum();
    expect(difference.dataSync()[0]).toBeCloseTo(largest.dataSync()[0], 5);
  });
  it('does not change when the image changes only where channels that differ are silent', () => {
    const other = x.add(tf.tensor([5, 0, 0], [1, 1, 1, 3]).mul(tf.ones([2, 4, 4, 3]))) as Tensor4D;
    const otherMasked = masked.add(tf.tensor([5, 0, 0], [1, 1, 1, 3]).mul(tf.ones([2, 4, 4, 3]))) as Tensor4D;
    const [a, b] = [differenceAttention(x, masked, pool), differenceAttention(other, otherMasked, pool)];
    expect(a.map.sub(b.map).abs().max().dataSync()[0]).toBeLessThan(1e-5);
  });
  it('stops at the masked features unless asked not to', () => {
    const gradientAt = (stopMasked: boolean) =>
      tf
        .grad((m) =>
          differenceAttention(x, m as Tensor4D, pool, { score: 'cosine', stopMasked })
            .map.square()
            .sum(),
        )(masked)
        .abs()
        .max()
        .dataSync()[0];
    expect(gradientAt(true)).toBe(0);
    expect(gradientAt(false)).toBeGreaterThan(0);
  });
  it('leaves no tensors behind', () => {
    expect(leakless(() => ({ ...differenceAttention(x, masked, pool) }))).toBe(0);
  });
  it('refuses what it cannot use', () => {
    expect(() => differenceAttention(x, features(1, 2, 3, 4, 3), pool)).toThrow(
      'masked_NHWC must have shape [2, 4, 4, 3]',
    );
    expect(() => differenceAttention(x, x, pool, { threshold: -1 })).toThrow(
      'threshold must be a number >= 0',
    );
    expect(() => differenceAttention(x, x, pool, { score: 'l1' as never })).toThrow(
      'score must be thresholded, cosine or l2',
    );
    expect(() => differenceAttention(x, x, pool, { fill: 0 } as never)).toThrow('no option fill');
  });
});

describe('maskOut', () => {
  it('fills the mask with one value or one a channel', () => {
    const x = tf.ones([1, 1, 2, 3]) as Tensor4D;
    const mask = tf.tensor3d([0, 1], [1, 1, 2]);
    expect([...maskOut(x, mask, 0.5).dataSync()]).toEqual([1, 1, 1, 0.5, 0.5, 0.5]);
    expect([...maskOut(x, mask, [2, 3, 4]).dataSync()]).toEqual([1, 1, 1, 2, 3, 4]);
    expect(() => maskOut(x, mask, [1])).toThrow('fill must be a number or 3 numbers, got 1');
    expect(() => maskOut(x, tf.zeros([1, 2, 2]) as Tensor3D)).toThrow('masks_NHW must have shape [1, 1, 2]');
  });
});

describe('contrastiveCam', () => {
  const network = { featureMap: (x: Tensor4D) => tf.avgPool(x, 2, 2, 'valid') as Tensor4D, embed: pool };
  /** A red square on blue, a green square elsewhere on blue. */
  const images = tf.tidy(() => {
    const blue = tf.tensor([0, 0, 1], [1, 1, 1, 3]).mul(tf.ones([2, 16, 16, 3]));
    const at = (n: number, row: number, colour: number[]) =>
      tf.pad(
        tf
          .tensor(colour, [1, 1, 1, 3])
          .sub(tf.tensor([0, 0, 1], [1, 1, 1, 3]))
          .mul(tf.ones([1, 4, 4, 3])),
        [
          [n, 1 - n],
          [row, 12 - row],
          [6, 6],
          [0, 0],
        ],
      );
    return blue.add(at(0, 2, [1, 0, 0])).add(at(1, 10, [0, 1, 0])) as Tensor4D;
  });
  it.each([1, 3])('finds what makes each image differ, in %d rounds', (iterations) => {
    const map = contrastiveCam(images, network, { iterations });
    const [first, second] = map.arraySync();
    expect(first[3][7]).toBeGreaterThan(0.9);
    expect(first[12][7]).toBeLessThan(0.2);
    expect(second[12][7]).toBeGreaterThan(0.9);
    expect(second[3][7]).toBeLessThan(0.2);
  });
  it('needs something to compare with', () => {
    expect(() => contrastiveCam(images.slice(0, 1), network)).toThrow(
      'at least two images to compare, got 1',
    );
    expect(() => contrastiveCam(images, network, { iterations: 0 })).toThrow('iterations must be a positive');
  });
  it('leaves no tensors behind', () => {
    expect(leakless(() => contrastiveCam(images, network, { iterations: 2 }))).toBe(0);
  });
});

describe('attention of a vision transformer', () => {
  const attention = tf.softmax(features(11, 1, 2, 7, 7).mul(4)) as Tensor4D;
  it('is the class row over the patches', () => {
    const map = classAttention(attention, [2, 3]);
    expect(map.shape).toEqual([1, 2, 2, 3]);
    expect([...map.dataSync().slice(0, 6)]).toEqual([...attention.dataSync().slice(1, 7)]);
    expect(() => classAttention(attention, [2, 2])).toThrow(
      '7 tokens are not a class token and 2 x 2 patches',
    );
  });
  it('rolls out evenly when every layer looks evenly', () => {
    const even = tf.fill([1, 2, 7, 7], 1 / 7) as Tensor4D;
    const values = attentionRollout([even, even, even], [2, 3]).dataSync();
    values.forEach((value) => expect(value).toBeCloseTo(values[0], 6));
  });
  it('rolls out one layer to half its mean', () => {
    const half = attention.mean(1).slice([0, 0, 1], [1, 1, 6]).div(2).dataSync();
    attentionRollout([attention], [2, 3])
      .dataSync()
      .forEach((value, p) => expect(value).toBeCloseTo(half[p], 6));
  });
  it('drops the smallest entries of a layer where asked to', () => {
    const [kept] = attentionRollout([attention], [2, 3], 0.9).arraySync();
    const zeros = kept.flat().filter((value) => value === 0).length;
    expect(zeros).toBeGreaterThan(0);
    expect(attentionRollout([attention], [2, 3]).min().dataSync()[0]).toBeGreaterThan(0);
  });
  it('refuses no layers and layers that differ', () => {
    expect(() => attentionRollout([], [2, 3])).toThrow('at least one layer');
    expect(() => attentionRollout([attention, tf.zeros([1, 2, 5, 5])], [2, 3])).toThrow('layers[1]');
  });
  it('has boxes around its peaks', () => {
    const row = [0, 0, 0, 0, 0, 1, 0, 0, 0, 0];
    const peaked = tf.tensor(Array.from({ length: 10 }, () => row)).reshape<Tensor4D>([1, 1, 10, 10]);
    const [top, left, bottom, right] = attentionBox(peaked, [3, 3], 4, { threshold: 0.5 }).boxes.dataSync();
    expect([top, left, bottom, right].map((edge) => Math.round(edge * 12))).toEqual([4, 4, 7, 7]);
  });
});

describe.each([lost, tokenCut])('%o', (discover) => {
  /** Object patches look one way, background another; all share a little noise. */
  const grid = [6, 8] as const;
  const inside = (p: number) => Math.floor(p / 8) >= 2 && Math.floor(p / 8) < 5 && p % 8 >= 3 && p % 8 < 6;
  const noise = randomUniform(key(12), [48, 3], -0.1, 0.1).dataSync();
  const patches = Float32Array.from({ length: 48 * 3 }, (_, i) => {
    const p = Math.floor(i / 3);
    return noise[i] + (i % 3 === 0 ? (inside(p) ? 1 : -0.4) : i % 3 === 1 ? (inside(p) ? -0.4 : 1) : 0);
  });
  it('finds the object patches', () => {
    const { mask, seed } = discover(patches, grid);
    expect(inside(seed)).toBe(true);
    expect([...mask.data]).toEqual(Array.from({ length: 48 }, (_, p) => Number(inside(p))));
  });
  it('takes a single patch and equal patches', () => {
    expect([...discover(Float32Array.of(1, 2), [1, 1]).mask.data]).toEqual([1]);
    expect(discover(new Float32Array(24).fill(1), [2, 4]).mask.data.length).toBe(8);
  });
  it('refuses features that do not fit the grid or are not finite', () => {
    expect(() => discover(patches, [5, 7])).toThrow('144 numbers are no features of 5 x 7 patches');
    expect(() => discover(Float32Array.of(NaN), [1, 1])).toThrow('features must be finite');
  });
});
