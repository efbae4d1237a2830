import { describe, expect, it } from 'vitest';
import { tf, type Tensor2D, type Tensor3D } from '@fovea/tensorflow';
import { bamUniformLoss } from './bam-uniform-loss.ts';
import { bam, bamDistributions } from './bam.ts';
import { expectFinite, expectGradient, expectNoLeak, numbers, value } from './testing/check.ts';
import { oracle, waves } from './testing/waves.ts';

describe('bam', () => {
  const student = () => oracle(3);
  const teacher = () => oracle(3, 0.15);

  it('gives the oracle values of every form', () => {
    expect(value(bam(student()))).toBeCloseTo(1.3670259269, 5);
    expect(value(bam(student(), teacher()))).toBeCloseTo(1.265626299, 5);
    expect(value(bam(student(), teacher(), { topK: 2 }))).toBeCloseTo(1.2033930641, 5);
    expect(value(bam(student(), teacher(), { targetCrops: 1 }))).toBeCloseTo(0.7644434524, 5);
    expect(value(bam(student(), null, { positiveMasking: false }))).toBeCloseTo(2.0000529725, 5);
  });

  it('balances over the rows of all views, not only the global ones', () => {
    const { target } = bamDistributions(student(), teacher());
    const sums = numbers(tf.sum(target, 0));
    const expected = [1.38745649, 1.33895967, 0.67610687, 0.65588990, 0.53298146, 0.74309516, 1.40317555, 1.26233490]; // prettier-ignore
    sums.forEach((sum, column) => expect(sum).toBeCloseTo(expected[column], 5));
  });

  it('has the uniform loss log(T(B - 1)) when all embeddings are equal, with any number of views', () => {
    for (const [V, G, T, B] of [
      [2, 2, 2, 4],
      [5, 2, 2, 7],
      [4, 2, 1, 3],
      [6, 3, 6, 2],
    ]) {
      const loss = value(bam(tf.ones([V, B, 5]), null, { globalCrops: G, targetCrops: T }));
      expect(loss).toBeCloseTo(bamUniformLoss(T, B), 5);
    }
    expect(value(bam(tf.ones([2, 4, 5]), null, { topK: 3 }))).toBeCloseTo(Math.log(6), 5);
    expect(value(bam(tf.ones([2, 4, 5]), null, { positiveMasking: false }))).toBeCloseTo(Math.log(8), 5);
  });

  it('has targets that are exactly 0 on the mask and sum to 1 in every row', () => {
    const { target, mask, sourceLogProbabilities } = bamDistributions(student(), teacher());
    const onMask = tf.mul(target, tf.slice(mask, [0, 0], [8, 8]));
    expect(value(tf.max(onMask))).toBe(0);
    expect(value(tf.max(tf.abs(tf.mul(sourceLogProbabilities, mask))))).toBe(0);
    for (const sum of numbers(tf.sum(target, 1))) expect(sum).toBeCloseTo(1, 6);
    for (const masked of numbers(tf.sum(mask, 1))) expect(masked).toBe(2);
  });

  it('permutes rows and columns of the target with the images and keeps the loss', () => {
    const order = [2, 0, 3, 1];
    const permuted = (z: Tensor3D) => tf.gather(z, tf.tensor1d(order, 'int32'), 1);
    const before = bamDistributions(student(), teacher()).target;
    const after = bamDistributions(permuted(student()), permuted(teacher())).target;
    const places = tf.tensor1d([...order, ...order.map((i) => i + 4)], 'int32');
    const expected = tf.gather(tf.gather(before, places), places, 1);
    expect(value(tf.max(tf.abs(tf.sub(after, expected))))).toBeLessThan(1e-6);
    expect(value(bam(permuted(student()), permuted(teacher())))).toBeCloseTo(1.265626299, 5);
  });

  it('is bounded below by the entropy of its target', () => {
    for (const form of [null, teacher()]) {
      const { target } = bamDistributions(student(), form);
      const entropy = value(tf.neg(tf.div(tf.sum(tf.mul(target, tf.log(tf.maximum(target, 1e-30)))), 8)));
      expect(entropy).toBeCloseTo(form ? 0.6635863535 : 0.6703393958, 5);
      expect(value(bam(student(), form))).toBeGreaterThan(entropy);
    }
  });

  it('keeps exactly k keys, the same for all views of an image', () => {
    const { target } = bamDistributions(waves([4, 6, 5]), null, { topK: 3 });
    const kept = tf.cast(tf.greater(target, 0), 'int32');
    expect(numbers(tf.sum(kept, 1))).toEqual(Array.from({ length: 12 }, () => 3));
    const [first, second] = tf.split(kept, 2) as Tensor2D[];
    expect(numbers(first)).toEqual(numbers(second));
  });

  it('is unchanged by top-k when every key is kept', () => {
    expect(value(bam(student(), teacher(), { topK: 8 }))).toBeCloseTo(1.265626299, 5);
  });

  it('passes gradients through both sides of the product in student-only mode, and none through the target', () => {
    const z = student();
    const target = bamDistributions(z).target;
    // The loss written out with a constant target: its gradient is that of bam.
    const written = (x: Tensor3D) => {
      const n = tf.reshape(tf.div(x, tf.norm(x, 'euclidean', -1, true)), [12, 6]) as Tensor2D;
      const logits = tf.div(tf.matMul(n, tf.slice(n, [0, 0], [8, 6]), false, true), 0.1);
      const kept = tf.sub(tf.ones([12, 8]), tf.tile(tf.eye(4), [3, 2]));
      const logA = tf.sub(logits, tf.log(tf.sum(tf.mul(tf.exp(logits), kept), 1, true)));
      const [p1, p2] = tf.split(target, 2);
      const weights = tf.concat([p2, p1, tf.add(p1, p2)]);
      return tf.div(tf.sum(tf.mul(weights, logA)), -2 * 2 * 4);
    };
    const ours = tf.grad((x) => bam(x as Tensor3D))(z);
    const theirs = tf.grad((x) => written(x as Tensor3D))(z);
    expect(value(tf.max(tf.abs(tf.sub(ours, theirs))))).toBeLessThan(1e-6);
  });

  it('passes no gradient to the teacher', () => {
    const constant = teacher();
    expect(() => tf.grad((t) => bam(student(), t as Tensor3D))(constant)).toThrow('Cannot compute gradient');
    expectGradient((z) => bam(z as Tensor3D, constant), student());
  });

  it('does not depend on the length of embeddings', () => {
    expect(value(bam(tf.mul(student(), 300) as Tensor3D, tf.mul(teacher(), 0.01) as Tensor3D))).toBeCloseTo(
      1.265626299,
      4,
    );
  });

  it('stays finite for zero vectors and for targets and sources of extreme sharpness', () => {
    const z = tf.concat([tf.zeros([1, 3, 4]), waves([2, 3, 4])]) as Tensor3D;
    for (const options of [{ reg: 1e-4 }, { reg: 1e-4, topK: 2 }, { temperature: 1e-4 }, { reg: 100 }]) {
      expectFinite(bam(z, null, options));
      expectFinite(tf.grad((x) => bam(x as Tensor3D, null, options))(waves([3, 3, 4])));
    }
  });

  it('says what is wrong with its arguments', () => {
    expect(() => bam(waves([2, 1, 4]))).toThrow('bam: positive masking leaves no key when B = 1');
    expect(() => bam(waves([1, 3, 4]))).toThrow('bam: student_VBD must hold at least 2 views');
    expect(() => bam(waves([2, 3, 4]), waves([2, 2, 4]))).toThrow(
      'bam: teacher_VBD must have shape [2, 3, 4]',
    );
    expect(() => bam(waves([2, 3, 4]), null, { globalCrops: 3 })).toThrow(
      'globalCrops must be a whole number in [1, 2]',
    );
    expect(() => bam(waves([2, 3, 4]), null, { topK: 7 })).toThrow(
      'topK must be a whole number in [0, 6], got 7.',
    );
    expect(() => bam(waves([2, 3, 4]), null, { reg: 0 })).toThrow('bam: reg must be > 0');
    expect(() => bam(waves([2, 3, 4]), null, { tau: 0.1 } as never)).toThrow("bam: unknown option 'tau'");
  });

  it('accepts one image when positives are not masked', () => {
    expect(value(bam(tf.ones([2, 1, 4]), null, { positiveMasking: false }))).toBeCloseTo(Math.log(2), 6);
  });

  it('leaves no tensor behind', () => {
    const constant = waves([3, 4, 5], 1);
    expectNoLeak((z) => bam(z as Tensor3D), waves([3, 4, 5]));
    expectNoLeak((z) => bam(z as Tensor3D, constant, { topK: 3 }), waves([3, 4, 5]));
  });
});
