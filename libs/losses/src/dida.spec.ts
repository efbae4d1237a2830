import { describe, expect, it } from 'vitest';

import { tf, type Tensor3D } from '@fovea/tensorflow';
import { dida } from './dida.ts';
import { itIsALoss, value } from './testing/check.ts';
import { waves } from './testing/waves.ts';

const mask = tf.tensor3d([1, 0, 0, 1, 0.5, 1, 0, 0, 0, 0, 1, 1], [2, 2, 3]);
const positive = () => tf.sigmoid(waves([2, 2, 3])) as Tensor3D;

describe('dida', () => {
  it('is least when the map is the mask, by every distance', () => {
    const binary = tf.round(mask) as Tensor3D;
    for (const distance of ['cosine', 'mse', 'softIou', 'bce'] as const) {
      const best = value(dida(binary, binary, { distance }));
      expect(best).toBeCloseTo(0, 5);
      expect(value(dida(tf.sub(1, binary) as Tensor3D, binary, { distance }))).toBeGreaterThan(best + 0.5);
    }
  });

  it('gives the values of the definitions', () => {
    const map = tf.fill([2, 2, 3], 0.5) as Tensor3D;
    const binary = tf.tensor3d([1, 1, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0], [2, 2, 3]);
    expect(value(dida(map, binary, { distance: 'mse' }))).toBeCloseTo(0.25, 6);
    expect(value(dida(map, binary, { distance: 'bce' }))).toBeCloseTo(Math.LN2, 5);
    expect(value(dida(map, binary, { distance: 'softIou' }))).toBeCloseTo(1 - (1 / 4 + 1.5 / 4.5) / 2, 5);
    const cosine = (1 / Math.sqrt(1.5 * 2) + 1.5 / Math.sqrt(1.5 * 3)) / 2;
    expect(value(dida(map, binary))).toBeCloseTo(1 - cosine, 5);
  });

  it('is finite for an empty mask with an empty map', () => {
    const empty = tf.zeros([2, 2, 3]) as Tensor3D;
    expect(value(dida(empty, empty))).toBe(1);
    expect(value(dida(empty, empty, { distance: 'softIou' }))).toBeCloseTo(0, 6);
    expect(value(dida(empty, empty, { distance: 'bce' }))).toBeCloseTo(0, 5);
  });

  it('keeps second-order gradients: it differentiates through a map that is itself a gradient', () => {
    const x = positive();
    const map = (w: Tensor3D) => tf.relu(tf.mul(x, tf.grad((a) => tf.sum(tf.mul(tf.square(a), w)))(x)));
    const gradient = tf.grad((w) => dida(map(w as Tensor3D) as Tensor3D, mask))(tf.ones([2, 2, 3]));
    expect(value(tf.norm(gradient))).toBeGreaterThan(1e-3);
  });

  it('passes no gradient to the mask and says what is wrong with its arguments', () => {
    expect(() => tf.grad((m) => dida(positive(), m as Tensor3D))(mask)).toThrow('Cannot compute');
    expect(() => dida(positive(), mask, { distance: 'l1' as never })).toThrow(
      'dida: distance must be one of cosine, mse, softIou, bce, got l1.',
    );
  });

  for (const distance of ['cosine', 'mse', 'softIou', 'bce'] as const) {
    describe(distance, () => {
      itIsALoss((m) => dida(m as Tensor3D, mask, { distance }), positive, { scales: [0, 1] });
    });
  }
});
