import { expect, it } from 'vitest';
import { tf } from '../tf.ts';
import { emaUpdate } from './ema-update.ts';

const variables = (values: number[]) => new Map([['w', tf.variable(tf.tensor1d(values))]]);

it('moves the teacher towards the student by one minus the momentum', () => {
  const teacher = variables([1, -2]);
  emaUpdate(teacher, variables([3, 2]), 0.75);
  expect([...(teacher.get('w')?.dataSync() ?? [])]).toEqual([1.5, -1]);
  emaUpdate(teacher, variables([3, 2]), tf.scalar(0));
  expect([...(teacher.get('w')?.dataSync() ?? [])]).toEqual([3, 2]);
});

it('says which weight is missing and which momentum is no share', () => {
  expect(() => emaUpdate(variables([1]), new Map(), 0.5)).toThrow('no "w"');
  expect(() => emaUpdate(variables([1]), variables([1]), 1.5)).toThrow('got 1.5');
});

it('leaks no tensors', () => {
  const [teacher, student, momentum] = [variables([1]), variables([2]), tf.scalar(0.5)];
  const before = tf.memory().numTensors;
  emaUpdate(teacher, student, momentum);
  emaUpdate(teacher, student, 0.5);
  expect(tf.memory().numTensors).toBe(before);
});
