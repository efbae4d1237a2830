import { key, Stream } from '@fovea/random';
import type { ByteImage, ImageSource } from '../index.ts';

/** An image of random bytes, for tests. */
export function noise(height: number, width: number, seed: number): ByteImage {
  const draw = new Stream(key(seed));
  const data = Uint8Array.from({ length: height * width * 3 }, () => draw.integer(0, 256));
  return { data, height, width, channels: 3 };
}

/** Images of random bytes, for tests. */
export function noiseSource(length: number, height: number, width: number): ImageSource {
  const images = Array.from({ length }, (_, index) => noise(height, width, index + 1));
  return { length, image: (index) => images[index] };
}
