import { tf, type Tensor3D } from '@fovea/tensorflow';
import { constantOf } from './stop-gradient.ts';

/**
 * Scales each map to [0, 1]: (m - min) / (max - min + epsilon); a constant map becomes all zero. Differentiable. // [N, h, w]
 *
 * @see salesforce/CAST takes epsilon 1e-7
 */
export function normaliseMaps(maps_NHW: Tensor3D, epsilon = 1e-7): Tensor3D {
  return tf.tidy(() => {
    const low = maps_NHW.min([1, 2], true);
    const span = maps_NHW.max([1, 2], true).sub(low).add(epsilon);
    const flat = constantOf(span, (value) => value.equal(0).toFloat());
    return maps_NHW.sub(low).div(span.add(flat)) as Tensor3D;
  });
}
