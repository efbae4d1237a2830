import type { Tensor } from '@tensorflow/tfjs';
import { tf } from '../tf.ts';

/**
 * Sum of products of two tensors by named axes, with gradients to both (tf.einsum has none).
 *
 *     einsum('bik,bjk->bij', a, b)[b, i, j] = sum_k a[b, i, k] b[b, j, k]
 *
 * @param equation - one letter an axis; no letter twice in an operand; each letter of an operand in the result or in the other operand
 * @param a - float32
 * @param b - float32
 * @throws Error for an equation of another form, or axes of one letter whose sizes differ
 *
 * @example
 * einsum('ik,jk->ij', tf.ones([2, 3]), tf.ones([4, 3])).shape; // [2, 4]
 */
export function einsum(equation: string, a: Tensor, b: Tensor): Tensor {
  const parts = /^([a-z]+),([a-z]+)->([a-z]*)$/.exec(equation.replaceAll(' ', ''));
  if (!parts) throw new Error(`einsum: the equation must have the form "ik,kj->ij", got "${equation}".`);
  const [, first, second, result] = parts;
  check(equation, first, second + result, a, 'a');
  check(equation, second, first + result, b, 'b');
  const sizes = new Map(Array.from(first, (letter, axis) => [letter, a.shape[axis]]));
  Array.from(second).forEach((letter, axis) => {
    const size = sizes.get(letter) ?? b.shape[axis];
    if (size !== b.shape[axis]) {
      throw new Error(
        `einsum: axis "${letter}" of "${equation}" has size ${size} in a and ${b.shape[axis]} in b.`,
      );
    }
  });
  if (
    new Set(result).size < result.length ||
    Array.from(result).some((letter) => !(first + second).includes(letter))
  ) {
    throw new Error(`einsum: the result of "${equation}" must name axes of the operands, each once.`);
  }
  return differentiable(first, second, result)(a, b);
}

/** A gradient is the same kind of sum, with the result in place of the operand. */
function differentiable(first: string, second: string, result: string): (a: Tensor, b: Tensor) => Tensor {
  return tf.customGrad((...args) => {
    const [a, b, save] = args as unknown as [Tensor, Tensor, (tensors: Tensor[]) => void];
    save([a, b]);
    return {
      value: tf.einsum(`${first},${second}->${result}`, a, b),
      gradFunc: (dy: Tensor, saved) => {
        const [a, b] = saved as Tensor[];
        return [differentiable(result, second, first)(dy, b), differentiable(result, first, second)(dy, a)];
      },
    };
  });
}

function check(equation: string, letters: string, others: string, tensor: Tensor, name: string): void {
  if (letters.length !== tensor.rank) {
    throw new Error(
      `einsum: "${equation}" names ${letters.length} axes of ${name}, which has shape [${tensor.shape.join(', ')}].`,
    );
  }
  for (const letter of letters) {
    if (letters.indexOf(letter) !== letters.lastIndexOf(letter) || !others.includes(letter)) {
      throw new Error(
        `einsum: axis "${letter}" of "${equation}" must occur once in ${name}, and in the result or the other operand; sum it out first.`,
      );
    }
  }
}
