import { compile, tf, type Scalar, type Tensor, type Tensor2D } from '@fovea/tensorflow';
import { expect, it } from 'vitest';
import { gradientAccumulator } from './gradient-accumulator.ts';
import { sgd } from './sgd.ts';

const values = (tensor: Tensor | undefined) => [...(tensor?.dataSync() ?? [])];
const named = (tensor: Tensor) => new Map([['w', tensor]]);

it('takes the mean over what was added, and starts anew', () => {
  const sum = gradientAccumulator();
  sum.add(named(tf.tensor1d([1, 2])));
  sum.add(named(tf.tensor1d([3, 6])));
  expect(values(sum.take().get('w'))).toEqual([2, 4]);
  sum.add(named(tf.tensor1d([5, 5])));
  expect(values(sum.take().get('w'))).toEqual([5, 5]);
  sum.dispose();
});

it('gives the step of the large batch when compiled in two parts', () => {
  const data = tf.tensor2d([
    [1, 2],
    [3, 4],
    [5, 6],
    [7, 9],
  ]);
  const gradientOf = (w: Tensor, x: Tensor2D) =>
    tf.grad((w) => tf.mean(tf.square(tf.matMul(x, w.as2D(2, 1)))))(w);
  const [w, whole] = [tf.variable(tf.tensor2d([[0.5], [-1]])), tf.variable(tf.tensor2d([[0.5], [-1]]))];
  const [sum, rule] = [gradientAccumulator(), sgd()];
  const add = compile((x: Tensor2D) => sum.add(named(gradientOf(w, x))));
  const apply = compile((rate: Scalar) => rule.step(sum.take(), new Map([['w', w]]), rate));
  for (let step = 0; step < 3; step++) {
    add(tf.slice(data, [0, 0], [2, 2]));
    add(tf.slice(data, [2, 0], [2, 2]));
    apply(0.01);
    rule.step(named(gradientOf(whole, data)), new Map([['w', whole]]), tf.scalar(0.01));
  }
  values(w).forEach((value, index) => expect(value).toBeCloseTo(values(whole)[index], 6));
  add.dispose();
  apply.dispose();
});

it('says what is wrong', () => {
  const sum = gradientAccumulator();
  expect(() => sum.take()).toThrow('take before any add');
  sum.add(named(tf.scalar(1)));
  expect(() => sum.add(new Map([['v', tf.scalar(1)]]))).toThrow('"v" among them');
});
