import type { Tensor } from '@tensorflow/tfjs';

/**
 * Refuses a tensor whose shape is not the one named.
 *
 * @param tensor - what the caller was given
 * @param shape - one entry a dimension: a number for an exact size, a letter for any size; equal letters mean equal sizes
 * @param where - function and argument, `'ntXent: z1_ND'`
 * @returns the sizes of the letters
 * @throws Error with the shape expected and the shape found
 *
 * @example
 * const { N, D } = checkShape(z, ['N', 'D'], 'ntXent: z1_ND');
 */
export function checkShape(
  tensor: Tensor,
  shape: readonly (string | number)[],
  where: string,
): Record<string, number> {
  const sizes: Record<string, number> = {};
  const fits =
    tensor.shape.length === shape.length &&
    shape.every((expected, axis) => {
      const actual = tensor.shape[axis];
      return actual === (typeof expected === 'number' ? expected : (sizes[expected] ??= actual));
    });
  if (!fits)
    throw new Error(`${where} must have shape [${shape.join(', ')}], got [${tensor.shape.join(', ')}].`);
  return sizes;
}
