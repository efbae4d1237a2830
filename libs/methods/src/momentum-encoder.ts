import { tf, type Scalar } from '@fovea/tensorflow';
import { encoderWeights, type Encoder } from './encoder.ts';

/**
 * Gives a momentum encoder (teacher) the weights of its student; running statistics stay its own.
 *
 * @throws Error when the two differ in the names of their weights
 */
export function copyWeights(student: Encoder, teacher: Encoder): void {
  eachPair(student, teacher, (source) => source.clone());
}

/**
 * One step of the exponential moving average: teacher <- m teacher + (1 - m) student, trained weights only.
 *
 * Source: MoCo's and BAM's code.
 */
export function updateMomentumEncoder(student: Encoder, teacher: Encoder, momentum: Scalar): void {
  eachPair(student, teacher, (source, target) =>
    tf.tidy(() => tf.add(tf.mul(target, momentum), tf.mul(source, tf.sub(1, momentum)))),
  );
}

function eachPair(
  student: Encoder,
  teacher: Encoder,
  combine: (
    source: ReturnType<typeof tf.variable>,
    target: ReturnType<typeof tf.variable>,
  ) => ReturnType<typeof tf.add>,
): void {
  const targets = encoderWeights(teacher);
  for (const [name, source] of encoderWeights(student)) {
    const target = targets.get(name);
    if (target === undefined) throw new Error(`momentum encoder: the teacher has no weight "${name}".`);
    const value = combine(source, target);
    target.assign(value);
    value.dispose();
  }
}
