import type { Backbone, Head, Mode } from '@fovea/backbones';
import { tf, type Tensor, type Tensor3D, type Variable } from '@fovea/tensorflow';

/** A backbone and its projector. */
export interface Encoder {
  readonly backbone: Backbone;
  readonly projector: Head;
}

/**
 * Embeddings [V, B, D] of views [V, B, H, W, 3], in one pass over all views.
 *
 * Batch statistics are therefore those of all views together, as in SimCLR's and BAM's code.
 */
export function embed(encoder: Encoder, views_VBHWC: Tensor, mode: Mode): Tensor3D {
  const [views, batch, height, width, channels] = views_VBHWC.shape;
  const images = tf.reshape(views_VBHWC, [views * batch, height, width, channels]);
  const z_RD = encoder.projector.forward(encoder.backbone.forward(images, mode), mode);
  return tf.reshape(z_RD, [views, batch, encoder.projector.outputs]);
}

/** Trained variables by name, `backbone.` and `projector.` in front. */
export function encoderWeights({ backbone, projector }: Encoder): Map<string, Variable> {
  return new Map([
    ...prefixed('backbone.', backbone.parameters.weights),
    ...prefixed('projector.', projector.parameters.weights),
  ]);
}

/** Trained variables and running statistics by name. */
export function encoderState(encoder: Encoder): Map<string, Variable> {
  return new Map([
    ...encoderWeights(encoder),
    ...prefixed('backbone.', encoder.backbone.parameters.statistics),
    ...prefixed('projector.', encoder.projector.parameters.statistics),
  ]);
}

/** The entries of a map with a prefix before every name. */
export function prefixed(prefix: string, map: ReadonlyMap<string, Variable>): [string, Variable][] {
  return [...map].map(([name, variable]) => [prefix + name, variable]);
}

/** Frees an encoder's variables. */
export function disposeEncoder({ backbone, projector }: Encoder): void {
  backbone.parameters.dispose();
  projector.parameters.dispose();
}
