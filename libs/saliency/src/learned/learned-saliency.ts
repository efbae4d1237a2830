import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { digest, readSafetensors } from '@fovea/files';
import { compile, tf, type Tensor4D } from '@fovea/tensorflow';
import { isConstantImage, type Image, type SaliencyMap } from '../image.ts';
import type { MapMaker } from '../map-maker.ts';
import { checkRange, withDefaults } from '../options.ts';
import { imageTensorData } from '../resize-image.ts';
import { resizeMap } from '../resize-map.ts';
import type { SaliencyNetwork } from './saliency-network.ts';
import { loadSaliencyNetwork } from './saliency-weights.ts';

/** Which weights, and the size that the network sees. */
export interface LearnedSaliencyOptions {
  /** A file that `npx fovea saliency train` wrote; default: the weights of this library, learnt from EmojiScenes. */
  weights: string;
  /** Side in pixels of the square that images are brought to; default: the side that the weights were trained at. */
  size: number | null;
}

/** A network at work. */
export interface LearnedSaliency extends MapMaker {
  map(image: Image): SaliencyMap;
  readonly network: SaliencyNetwork;
  /** Frees the weights and the graph. */
  dispose(): void;
}

/** The weights that come with this library: trained on EmojiScenes alone (`npx fovea saliency train`). */
const OWN_WEIGHTS = fileURLToPath(new URL('../../weights/emoji-scenes.safetensors', import.meta.url));

/**
 * The learned saliency network: the probability that a pixel is salient, at image size.
 *
 * Images are brought to a square of `size` pixels (area average where they shrink), maps back bilinearly. A constant image has an all-zero map,
 * as with every estimator. The weights of this library have seen drawn objects only: no photograph with a mask, no human label.
 *
 * @throws Error for a file that is missing or of another network, and what is no image
 *
 * @example
 * const learned = learnedSaliency();
 * const map = learned.map(image); // values in [0, 1]
 */
export function learnedSaliency(options?: Partial<LearnedSaliencyOptions>): LearnedSaliency {
  const { weights, size: given } = withDefaults<LearnedSaliencyOptions>(
    options,
    { weights: OWN_WEIGHTS, size: null },
    'learnedSaliency',
  );
  if (given !== null) checkRange(given, 1, 4096, 'learnedSaliency: size');
  const network = loadSaliencyNetwork(weights);
  const size = given ?? Number(readSafetensors(weights).metadata.size ?? 64);
  return { ...networkSaliency(network, size), settings: { weights: digest(readFileSync(weights)), size } };
}

/**
 * {@link learnedSaliency} of a network in memory.
 *
 * @param size - side in pixels of the square that images are brought to
 */
export function networkSaliency(network: SaliencyNetwork, size: number): LearnedSaliency {
  const look = compile((images: Tensor4D) => tf.sigmoid(network.forward(images, 'eval')[0]), {
    name: network.name,
  });
  const map = (image: Image): SaliencyMap => {
    if (isConstantImage(image, 'learnedSaliency')) {
      const { width, height } = image;
      return { data: new Float32Array(width * height), width, height };
    }
    const data = tf.tidy(() => {
      const input = tf.tensor4d(imageTensorData(image, size, size), [1, size, size, 3]);
      return look(input).dataSync<'float32'>();
    });
    return resizeMap({ data, width: size, height: size }, image.width, image.height);
  };
  const dispose = (): void => {
    look.dispose();
    network.parameters.dispose();
  };
  return { name: 'learned', settings: { network: network.name, size }, map, network, dispose };
}
