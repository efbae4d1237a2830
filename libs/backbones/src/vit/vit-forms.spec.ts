import { key } from '@fovea/random';
import { randomNormal, tf, type Scalar } from '@fovea/tensorflow';
import { describe, expect, it } from 'vitest';
import { resamplePositions } from './resample-positions.ts';
import { vit, type VitOptions } from './vit.ts';

const small: VitOptions = { size: 'tiny', patch: 4, depth: 2, dim: 24 };
const images = randomNormal(key(1), [2, 16, 16, 3]);

describe('vit with learnt positions', () => {
  it.each([
    ['tiny', 5_524_416],
    ['small', 21_665_664],
    ['base', 85_798_656],
  ] as const)(
    'of size %s has exactly the trained scalars of timm',
    (size, count) => {
      const { parameters } = vit(
        { size, patch: 16, positions: { learned: 14 }, frozenPatches: false },
        key(0),
      );
      expect(parameters.count).toBe(count);
      parameters.dispose();
    },
    60_000, // draws up to 86 million numbers
  );

  it('resamples them for images of other sizes and shapes, and trains them through that', () => {
    const backbone = vit({ ...small, positions: { learned: 4 } }, key(0));
    const wide = randomNormal(key(2), [1, 24, 12, 3]);
    expect(backbone.featureMap(wide, 'eval').shape).toEqual([1, 6, 3, 24]);
    const positions = backbone.parameters.weights.get('pos_embed')!;
    const { grads } = tf.variableGrads(
      () => tf.sum(tf.square(backbone.forward(wide, 'train'))) as Scalar,
      [positions],
    );
    expect(tf.max(tf.abs(grads[positions.name])).dataSync()[0]).toBeGreaterThan(0);
    backbone.parameters.dispose();
  });

  it('keeps a plane of positions a plane, the class token as it is, and the same grid untouched', () => {
    const side = 6;
    const plane = [
      [5],
      ...Array.from({ length: side * side }, (_, i) => [3 + Math.floor(i / side) - 2 * (i % side)]),
    ];
    const positions = tf.tensor2d(plane);
    expect(resamplePositions(positions, side, side)).toBe(positions);
    const resampled = [...resamplePositions(positions, 12, 12).dataSync()];
    expect(resampled[0]).toBe(5);
    const inner = 1 + 5 * 12 + 6; // row 5, column 6 of the grid: away from the border
    expect(resampled[inner]).toBeCloseTo(3 + (5.5 / 2 - 0.5) - 2 * (6.5 / 2 - 0.5), 5);
    expect(() => resamplePositions(tf.zeros([8, 2]), 2, 2)).toThrow('square grid and a class token, got 8');
  });
});

describe('the tokens of a vit', () => {
  it('tell rows from columns on a grid that is no square', () => {
    const backbone = vit(small, key(0));
    const tall = backbone.forwardTaps(tf.zeros([1, 16, 8, 3]), 'eval', ['embedding']).embedding;
    const [first, nextColumn, nextRow] = [1, 2, 3].map((token) => [
      ...tf.slice(tall, [0, token, 0], [1, 1, 24]).dataSync(),
    ]);
    // The first half of an embedding encodes the row, the second half the column.
    expect(nextColumn.slice(0, 12)).toEqual(first.slice(0, 12));
    expect(nextColumn.slice(12)).not.toEqual(first.slice(12));
    expect(nextRow.slice(12)).toEqual(first.slice(12));
    backbone.parameters.dispose();
  });

  it('do not depend on the order of kept patches, and are those of all patches when all are kept', () => {
    const backbone = vit(small, key(0));
    const all = tf.tile(tf.range(0, 16, 1, 'int32').reshape([1, 16]), [2, 1]);
    const whole = backbone.forward(images, 'eval').dataSync();
    for (const kept of [all, tf.reverse(all, 1)]) {
      backbone
        .forward(images, 'eval', { kept })
        .dataSync()
        .forEach((value, index) => expect(value).toBeCloseTo(whole[index], 4));
    }
    backbone.parameters.dispose();
  });

  it('see nothing of a dropped patch, each image dropping its own', () => {
    const backbone = vit(small, key(0));
    const kept = tf.tensor2d([0, 2, 3, 5, 7, 8], [2, 3], 'int32');
    const before = backbone.tokens(images, { kept });
    expect(before.shape).toEqual([2, 4, 24]);
    // Patch 1 (columns 4 to 8 of the first rows) is dropped in both images.
    const stain = tf.pad(tf.ones([2, 4, 4, 3]), [[0, 0], [0, 12], [4, 8], [0, 0]]); // prettier-ignore
    const after = backbone.tokens(tf.add(images, tf.mul(stain, 100)), { kept });
    expect([...after.dataSync()]).toEqual([...before.dataSync()]);
    const single = backbone.tokens(tf.slice(images, 1), { kept: tf.slice(kept, 1) }).dataSync();
    single.forEach((value, index) => expect(value).toBeCloseTo(before.dataSync()[4 * 24 + index], 4));
    backbone.parameters.dispose();
  });

  it('hold the mask token in place of masked patches, whose pixels then do not matter', () => {
    const backbone = vit({ ...small, maskToken: true }, key(0));
    const masked = tf.tile(tf.oneHot(tf.tensor1d([1], 'int32'), 16), [2, 1]);
    const stain = tf.pad(tf.ones([2, 4, 4, 3]), [[0, 0], [0, 12], [4, 8], [0, 0]]); // prettier-ignore
    const [clean, stained] = [images, tf.add(images, tf.mul(stain, 100))].map((x) => [
      ...backbone.tokens(x, { masked }).dataSync(),
    ]);
    expect(stained).toEqual(clean);
    expect([...backbone.tokens(images).dataSync()]).not.toEqual(clean);
    const token = backbone.parameters.weights.get('masked_embed')!;
    const { grads } = tf.variableGrads(
      () => tf.sum(tf.square(backbone.tokens(images, { masked }))) as Scalar,
      [token],
    );
    expect(tf.max(tf.abs(grads[token.name])).dataSync()[0]).toBeGreaterThan(0);
    backbone.parameters.dispose();
  });

  it('pass gradients through kept patches alone', () => {
    const backbone = vit(small, key(0));
    const kept = tf.tensor2d([[0, 5]], [1, 2], 'int32');
    const gradient = tf.grad((x) => tf.sum(tf.square(backbone.forward(x, 'train', { kept }))))(
      tf.slice(images, 0, 1),
    );
    const perPixel = tf.max(tf.abs(gradient), 3).arraySync() as number[][][];
    expect(perPixel[0][0][0]).toBeGreaterThan(0);
    expect(perPixel[0][5][5]).toBeGreaterThan(0);
    expect(perPixel[0][0][5]).toBe(0);
    backbone.parameters.dispose();
  });
});

describe('forwardTaps of a vit', () => {
  it('gives every block, its attention by head, class and patch tokens of one pass', () => {
    const backbone = vit(small, key(0));
    const taps = backbone.forwardTaps(images, 'eval', ['block0', 'attention1', 'class', 'patches']);
    expect(taps.block0.shape).toEqual([2, 17, 24]);
    expect(taps.attention1.shape).toEqual([2, 3, 17, 17]);
    expect([...taps.attention1.dataSync()]).toEqual([...backbone.attention(images).dataSync()]);
    expect([...taps.class.dataSync()]).toEqual([...backbone.forward(images, 'eval').dataSync()]);
    expect([...taps.patches.dataSync()]).toEqual([...backbone.featureMap(images, 'eval').dataSync()]);
    expect(backbone.attention(images, 0).shape).toEqual([2, 3, 17, 17]);
    expect(backbone.taps).toEqual([
      'embedding',
      'attention0',
      'block0',
      'attention1',
      'block1',
      'class',
      'patches',
    ]);
    backbone.parameters.dispose();
  });

  it('names what is asked for in vain', () => {
    const backbone = vit(small, key(0));
    expect(() => backbone.attention(images, 2)).toThrow("there is no tap 'attention2'");
    expect(() => backbone.tokens(images, { masked: tf.zeros([2, 16]) })).toThrow('maskToken: true');
    expect(() => backbone.tokens(images, { keep: 1 } as never)).toThrow("unknown option 'keep'");
    expect(() => backbone.tokens(images, { kept: tf.zeros([3, 2], 'int32') })).toThrow(
      'vit: kept must have shape [2, K], got [3, 2].',
    );
    backbone.parameters.dispose();
    expect(() => vit({ ...small, patchSize: 4 } as never, key(0))).toThrow("vit: unknown option 'patchSize'");
    expect(() => vit({ ...small, positions: { learned: 0 } }, key(0))).toThrow('positions must be');
  });
});
