import { checkShape, tf, type Tensor4D } from '@fovea/tensorflow';
import { checkRange } from './options.ts';

/**
 * Enlarges feature maps: bilinear, half-pixel centres, clamped edges, no antialias.
 *
 * Two products with fixed interpolation matrices, so that it can be differentiated as often as one likes (the library's resize op cannot
 * with half-pixel centres).
 *
 * @param x_NHWC - feature maps // [N, h, w, C]
 * @param size - height and width of the result
 * @returns // [N, height, width, C]
 * @throws Error for other shapes and sizes below one pixel
 * @see equal to torch interpolate(mode='bilinear', align_corners=False)
 */
export function bilinearUpsample(x_NHWC: Tensor4D, size: readonly [number, number]): Tensor4D {
  const { N, H, W, C } = checkShape(x_NHWC, ['N', 'H', 'W', 'C'], 'bilinearUpsample: x_NHWC');
  checkRange(size[0], 1, 1e6, 'bilinearUpsample: size[0]');
  checkRange(size[1], 1, 1e6, 'bilinearUpsample: size[1]');
  if (size[0] === H && size[1] === W) return x_NHWC.clone();
  return tf.tidy(() => {
    const rows = tf.tensor2d(interpolation(H, size[0]), [size[0], H]);
    const columns = tf.tensor2d(interpolation(W, size[1]), [size[1], W]);
    const tall = tf.matMul(rows, x_NHWC.transpose([1, 0, 2, 3]).reshape([H, N * W * C])); // [height, N w C]
    const wide = tall
      .reshape([size[0], N, W, C])
      .transpose([2, 1, 0, 3])
      .reshape([W, N * size[0] * C]);
    return tf.matMul(columns, wide).reshape([size[1], N, size[0], C]).transpose([1, 2, 0, 3]) as Tensor4D;
  });
}

function interpolation(from: number, to: number): Float32Array {
  const matrix = new Float32Array(to * from);
  for (let t = 0; t < to; t++) {
    const place = Math.min(from - 1, Math.max(0, ((t + 0.5) * from) / to - 0.5));
    const low = Math.floor(place);
    matrix[t * from + low] += 1 - (place - low);
    matrix[t * from + Math.min(from - 1, low + 1)] += place - low;
  }
  return matrix;
}
