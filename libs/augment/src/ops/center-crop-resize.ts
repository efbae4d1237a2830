import { checkImage, type ByteImage, type FloatImage } from '../image.ts';
import type { Interpolation } from './resample-weights.ts';
import { resizedCropInto } from './resized-crop.ts';
import { roundHalfEven } from './round-half-even.ts';

/**
 * Resizes so that the short side is `resize` (the long one is `trunc(resize * long / short)`), then cuts the central `crop` x `crop`: the
 * evaluation view of ImageNet-like sets.
 *
 * @param image - [H, W, 3]
 * @param resize - positive integer
 * @param crop - positive integer <= resize
 * @throws RangeError otherwise
 *
 * Source: torchvision `resize(antialias=True)` and `center_crop`.
 */
export function centerCropResize(
  image: ByteImage,
  resize: number,
  crop: number,
  interpolation: Interpolation = 'bilinear',
): FloatImage {
  const { height, width, top, left } = checkCenterCrop(image, resize, crop);
  const whole = new Float32Array(height * width * 3);
  const box = { top: 0, left: 0, height: image.height, width: image.width };
  resizedCropInto(image, box, false, height, width, interpolation, whole, 0);
  const data = new Float32Array(crop * crop * 3);
  for (let y = 0; y < crop; y++) {
    const from = ((top + y) * width + left) * 3;
    data.set(whole.subarray(from, from + crop * 3), y * crop * 3);
  }
  return { data, height: crop, width: crop, channels: 3 };
}

/** Size of the resized image and corner of its centre. @throws RangeError as {@link centerCropResize} */
export function checkCenterCrop(
  image: ByteImage,
  resize: number,
  crop: number,
): { readonly height: number; readonly width: number; readonly top: number; readonly left: number } {
  checkImage(image, 'centerCropResize');
  if (!(Number.isInteger(resize) && Number.isInteger(crop) && crop >= 1 && resize >= crop)) {
    throw new RangeError(
      `centerCropResize: needs integers 1 <= crop <= resize, got crop ${crop}, resize ${resize}.`,
    );
  }
  const short = Math.min(image.height, image.width);
  const height = Math.trunc((resize * image.height) / short);
  const width = Math.trunc((resize * image.width) / short);
  return {
    height,
    width,
    top: roundHalfEven((height - crop) / 2),
    left: roundHalfEven((width - crop) / 2),
  };
}
