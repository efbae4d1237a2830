import { describe, expect, it } from 'vitest';
import { tf, type Tensor2D } from '@fovea/tensorflow';
import { ntXent } from './nt-xent.ts';
import { expectFinite, expectGradient, expectNoLeak, value } from './testing/check.ts';
import { oracle, waves } from './testing/waves.ts';

const views = () => tf.unstack(oracle(2)) as [Tensor2D, Tensor2D];

describe('ntXent', () => {
  it('gives the oracle values at both temperatures', () => {
    const [z1, z2] = views();
    expect(value(ntXent(z1, z2, { temperature: 0.1 }))).toBeCloseTo(1.4484659916, 5);
    expect(value(ntXent(z1, z2, { temperature: 0.5 }))).toBeCloseTo(1.6921785529, 5);
  });

  it('equals the triple loop of the definition', () => {
    const [z1, z2] = [waves([5, 3]), waves([5, 3], 2)];
    const rows = [...(z1.arraySync() as number[][]), ...(z2.arraySync() as number[][])];
    const cosine = (a: number[], b: number[]) =>
      a.reduce((sum, x, d) => sum + x * b[d], 0) / (Math.hypot(...a) * Math.hypot(...b));
    let total = 0;
    rows.forEach((row, i) => {
      const scores = rows.map((other) => Math.exp(cosine(row, other) / 0.3));
      const others = scores.reduce((sum, score, k) => (k === i ? sum : sum + score), 0);
      total -= Math.log(scores[(i + 5) % 10] / others) / 10;
    });
    expect(value(ntXent(z1, z2, { temperature: 0.3 }))).toBeCloseTo(total, 5);
  });

  it('is log(2N - 1) when all embeddings are equal', () => {
    expect(value(ntXent(tf.ones([8, 4]), tf.ones([8, 4])))).toBeCloseTo(Math.log(15), 5);
  });

  it('is 0 for one image and passes no gradient', () => {
    const z = waves([1, 4]);
    expect(value(ntXent(z, waves([1, 4], 1)))).toBeCloseTo(0, 9);
    const gradient = tf.grad((x) => ntXent(x as Tensor2D, waves([1, 4], 1)))(z);
    expect(value(tf.max(tf.abs(gradient)))).toBe(0);
  });

  it('does not depend on the order of views or images, or on the length of embeddings', () => {
    const [z1, z2] = [waves([6, 5]), waves([6, 5], 1)];
    const loss = value(ntXent(z1, z2));
    const order = tf.tensor1d([3, 0, 5, 1, 4, 2], 'int32');
    expect(value(ntXent(z2, z1))).toBeCloseTo(loss, 5);
    expect(value(ntXent(tf.gather(z1, order), tf.gather(z2, order)))).toBeCloseTo(loss, 5);
    expect(value(ntXent(tf.mul(z1, 1000), tf.mul(z2, 1e-3)))).toBeCloseTo(loss, 5);
  });

  it('has the gradient of its differences', () => {
    expectGradient((z) => ntXent(z as Tensor2D, waves([4, 6], 2), { temperature: 0.5 }), waves([4, 6]));
  });

  it('stays finite for zero vectors, huge vectors and tiny temperatures', () => {
    for (const scale of [0, 1e-20, 1e15]) {
      const [z1, z2] = [tf.mul(waves([3, 4]), scale) as Tensor2D, waves([3, 4], 1)];
      expectFinite(ntXent(z1, z2, { temperature: 1e-4 }));
      expectFinite(tf.grad((z) => ntXent(z1, z as Tensor2D, { temperature: 1e-4 }))(z2));
    }
  });

  it('takes the temperature as a tensor too', () => {
    const [z1, z2] = views();
    expect(value(ntXent(z1, z2, { temperature: tf.scalar(0.5) }))).toBeCloseTo(1.6921785529, 5);
  });

  it('says what is wrong with its arguments', () => {
    const z = waves([4, 2]);
    expect(() => ntXent(z, waves([3, 2]))).toThrow('ntXent: z2_ND must have shape [4, 2], got [3, 2].');
    expect(() => ntXent(z, z, { temperature: -1 })).toThrow(
      'ntXent: temperature must be > 0 and finite, got -1.',
    );
    expect(() => ntXent(z, z, { tau: 1 } as never)).toThrow(
      "ntXent: unknown option 'tau'; options are temperature.",
    );
    expect(() => ntXent(tf.zeros([0, 2]), tf.zeros([0, 2]))).toThrow('must not be empty');
  });

  it('leaves no tensor behind', () => {
    const other = waves([4, 6], 2);
    expectNoLeak((z) => ntXent(z as Tensor2D, other), waves([4, 6]));
  });
});
