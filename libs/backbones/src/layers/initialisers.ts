import { randomNormal, randomUniform, tf, truncatedNormal } from '@fovea/tensorflow';
import type { Initialiser } from './parameters.ts';

/**
 * Normal with standard deviation sqrt(2 / fanOut) for convolution weights [height, width, in, out].
 *
 * Source: He et al. 2015; torchvision's ResNets (`kaiming_normal_`, mode fan_out, relu).
 */
export const heNormal: Initialiser = (key, shape) => {
  const [height, width, , outputs] = shape;
  return randomNormal(key, shape, 0, Math.sqrt(2 / (height * width * outputs)));
};

/** Uniform in +-1/sqrt(fanIn) for linear weights [in, out]: PyTorch's default for `Linear`. */
export const linearUniform: Initialiser = (key, shape) => {
  const bound = 1 / Math.sqrt(shape[0]);
  return randomUniform(key, shape, -bound, bound);
};

/** What a scale may start as. */
export type InitialValue = 'ones' | 'zeros';

/** All ones. */
export const ones: Initialiser = (_, shape) => tf.ones(shape);

/** All zeros. */
export const zeros: Initialiser = (_, shape) => tf.zeros(shape);

/**
 * Uniform within sqrt(6 / (fanIn + fanOut)) for linear weights [in, out] that hold `layers` layers side by side (3 for a fused query, key
 * and value): MoCo v3's initialisation of vision transformers.
 */
export function xavierUniform(layers = 1): Initialiser {
  return (key, shape) => {
    const bound = Math.sqrt(6 / (shape[0] + shape[1] / layers));
    return randomUniform(key, shape, -bound, bound);
  };
}

/** Normal with standard deviation 0.02, cut at two standard deviations: learnt positions. */
export const truncatedNormal02: Initialiser = (key, shape) => truncatedNormal(key, shape, 0, 0.02);

/** Normal with standard deviation 1e-6: class tokens of MoCo v3 and timm. */
export const tinyNormal: Initialiser = (key, shape) => randomNormal(key, shape, 0, 1e-6);
