import type { Scalar, Tensor, Variable } from '@tensorflow/tfjs';
import { tf } from '../tf.ts';

/**
 * One step of an exponential moving average of weights.
 *
 *     teacher <- momentum * teacher + (1 - momentum) * student
 *
 * Made of tf ops only, so that a compiled step can hold it.
 *
 * @param teacher - variables by name
 * @param student - tensors or variables of the same names and shapes; further names are not read
 * @param momentum - in [0, 1]; a scalar tensor where it changes from step to step
 * @throws Error when a name of the teacher is missing from the student
 *
 * Source: Tarvainen and Valpola 2017; checked against lightly's update_momentum.
 *
 * @example
 * const teacher = new Map([['w', tf.variable(tf.tensor1d([1]))]]);
 * emaUpdate(teacher, new Map([['w', tf.tensor1d([0])]]), 0.75);
 * teacher.get('w')?.arraySync(); // [0.75]
 */
export function emaUpdate(
  teacher: ReadonlyMap<string, Variable>,
  student: ReadonlyMap<string, Tensor>,
  momentum: number | Scalar,
): void {
  if (typeof momentum === 'number' && !(momentum >= 0 && momentum <= 1)) {
    throw new RangeError(`emaUpdate: momentum must lie in [0, 1], got ${momentum}.`);
  }
  for (const name of teacher.keys()) {
    if (!student.has(name))
      throw new Error(`emaUpdate: the student has no "${name}", which the teacher has.`);
  }
  const rest = typeof momentum === 'number' ? 1 - momentum : tf.sub(1, momentum);
  for (const [name, target] of teacher) {
    const source = student.get(name) as Tensor; // checked above
    const value = tf.tidy(() => tf.add(tf.mul(target, momentum), tf.mul(source, rest)));
    target.assign(value);
    value.dispose();
  }
  if (typeof rest !== 'number') rest.dispose();
}
