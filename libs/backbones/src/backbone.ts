import type { Tensor, Tensor2D } from '@fovea/tensorflow';
import type { Mode, Parameters } from './layers/parameters.ts';

/** A network that turns images into one feature vector each. */
export interface Backbone {
  /** Architecture, width and stem in one word: the fingerprint that records keep. */
  readonly name: string;
  readonly parameters: Parameters;
  /** Length of the feature vector. */
  readonly features: number;
  /** Images [N, H, W, 3] to the last feature map [N, h, w, features]. */
  featureMap(images: Tensor, mode: Mode): Tensor;
  /** Images [N, H, W, 3] to pooled features [N, features]. */
  forward(images: Tensor, mode: Mode): Tensor2D;
}
