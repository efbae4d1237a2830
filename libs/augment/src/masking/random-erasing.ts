import { type Key, Stream } from '@fovea/random';
import { checkImage, type FloatImage } from '../image.ts';
import { checkCropRange, type CropRange, drawCropSize } from '../views/random-resized-crop.ts';
import type { Box } from '../image.ts';

/**
 * Overwrites one random rectangle with a colour.
 *
 * @param range - area share and ratio of the rectangle; torchvision's defaults are scale 0.02 … 0.33, ratio 0.3 … 3.3
 * @param colour - value of each channel
 * @returns the new image and the rectangle, or null where 10 draws did not fit and nothing was erased
 * @throws RangeError for a malformed image, range or colour
 *
 * Source: Zhong et al., "Random erasing data augmentation" (AAAI 2020). Difference: sizes are rounded halves to even, as crops are.
 */
export function randomErasing(
  image: FloatImage,
  range: CropRange,
  colour: readonly [number, number, number],
  key: Key,
): { readonly image: FloatImage; readonly box: Box | null } {
  checkImage(image, 'randomErasing');
  checkCropRange(range, 'randomErasing');
  if (colour.length !== 3 || !colour.every(Number.isFinite))
    throw new RangeError(`randomErasing: colour must be 3 finite numbers, got ${colour.join()}.`);
  const { height, width } = image;
  const draw = new Stream(key);
  const size = drawCropSize(height, width, range, draw);
  if (size === undefined) return { image, box: null };
  const box = {
    top: draw.integer(0, height - size.height + 1),
    left: draw.integer(0, width - size.width + 1),
    ...size,
  };
  const data = image.data.slice();
  for (let y = box.top; y < box.top + box.height; y++) {
    for (let x = box.left; x < box.left + box.width; x++) data.set(colour, (y * width + x) * 3);
  }
  return { image: { ...image, data }, box };
}
