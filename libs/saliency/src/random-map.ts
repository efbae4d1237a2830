import { uniformArray, type Key } from '@fovea/random';
import type { SaliencyMap } from './image.ts';
import { checkRange } from './options.ts';

/**
 * Uniform noise, the lower floor for estimators: a pure function of the key.
 *
 * @throws Error for sizes below one pixel
 */
export function randomMap(key: Key, width: number, height: number): SaliencyMap {
  checkRange(width, 1, 1e6, 'randomMap: width');
  checkRange(height, 1, 1e6, 'randomMap: height');
  return { data: uniformArray(key, width * height), width, height };
}
