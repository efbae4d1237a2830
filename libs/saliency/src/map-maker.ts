import type { Image, SaliencyMap } from './image.ts';

/** Anything that makes maps of images: a network, a model's own map, a program of the user's. */
export interface MapMaker {
  /** Names the folder of a cache: letters, digits and hyphens. */
  readonly name: string;
  /** Everything that determines the maps beside the image, such as the digest of the weights; part of a cache's name. */
  readonly settings: object;
  /** The map of an image at its size, values in [0, 1]. */
  map(image: Image): SaliencyMap | Promise<SaliencyMap>;
}
