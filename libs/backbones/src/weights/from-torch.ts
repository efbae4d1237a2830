import { safeTensorFloats, type SafeTensor } from '@fovea/files';

/**
 * An array of a PyTorch state dict in this library's layout, float32: convolutions [out, in, height, width] to [height, width, in, out], linear
 * weights [out, in] to [in, out], anything else as it is.
 */
export function fromTorch(
  tensor: SafeTensor,
  name: string,
): { data: Float32Array; shape: readonly number[] } {
  const data = safeTensorFloats(tensor);
  const { shape } = tensor;
  if (!name.endsWith('.weight')) return { data, shape };
  if (shape.length === 4) return permuted(data, shape, [2, 3, 1, 0]);
  return shape.length === 2 ? permuted(data, shape, [1, 0]) : { data, shape };
}

function permuted(
  data: Float32Array,
  shape: readonly number[],
  order: readonly number[],
): { data: Float32Array; shape: number[] } {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
  const sizes = order.map((axis) => shape[axis]);
  const steps = order.map((axis) => strides[axis]);
  const result = new Float32Array(data.length);
  let at = 0;
  const walk = (axis: number, offset: number): void => {
    if (axis === sizes.length) {
      result[at++] = data[offset];
      return;
    }
    for (let index = 0; index < sizes[axis]; index++) walk(axis + 1, offset + index * steps[axis]);
  };
  walk(0, 0);
  return { data: result, shape: sizes };
}
