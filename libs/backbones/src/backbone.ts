import type { Tensor, Tensor2D } from '@fovea/tensorflow';
import type { Mode, Parameters } from './layers/parameters.ts';

/** A network that turns images into one feature vector each. */
export interface Backbone {
  /** Architecture, width, stem and whatever departs from the published form, in one word: the fingerprint that records keep. */
  readonly name: string;
  readonly parameters: Parameters;
  /** Length of the feature vector. */
  readonly features: number;
  /** Names that `forwardTaps` knows, in the order in which the network computes them. */
  readonly taps: readonly string[];
  /** Images [N, H, W, 3] to the last feature map [N, h, w, features]. */
  featureMap(images: Tensor, mode: Mode): Tensor;
  /** Images [N, H, W, 3] to pooled features [N, features]. */
  forward(images: Tensor, mode: Mode): Tensor2D;
  /**
   * What the network computes under the given names, in one forward pass; later layers than the last one named are not run.
   *
   * @throws Error for a name that is not one of `taps`
   */
  forwardTaps<Name extends string>(
    images: Tensor,
    mode: Mode,
    names: readonly Name[],
  ): Readonly<Record<Name, Tensor>>;
}
