import { tf, type Tensor, type Tensor2D, type Tensor3D } from '@fovea/tensorflow';

/** Numbers without structure that repeat on every machine: a sum of two incommensurate waves of the position. */
export function waves<Shape extends number[]>(
  shape: [...Shape],
  phase = 0,
): Shape['length'] extends 2 ? Tensor2D : Shape['length'] extends 3 ? Tensor3D : Tensor {
  const size = shape.reduce((product, length) => product * length, 1);
  const values = Float32Array.from(
    { length: size },
    (_, i) => Math.sin(1.7 * i + phase + 0.3 * i * i) + 0.4 * Math.cos(5.1 * i - 2 * phase),
  );
  return tf.tensor(values, shape) as ReturnType<typeof waves<Shape>>;
}

/** Numbers of section "numeric test oracles": z[v,i,d] = 1.5 + sin(1 + 0.9v + 3i + 1.3d + phase) + 0.3 cos(5i + d + 2v), [views, 4, 6]. */
export function oracle(views: number, phase = 0): Tensor3D {
  const values = [];
  for (let v = 0; v < views; v++)
    for (let i = 0; i < 4; i++)
      for (let d = 0; d < 6; d++)
        values.push(
          1.5 + Math.sin(1 + 0.9 * v + 3 * i + 1.3 * d + phase) + 0.3 * Math.cos(5 * i + d + 2 * v),
        );
  return tf.tensor3d(values, [views, 4, 6]);
}
