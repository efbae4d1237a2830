import { type ByteImage, checkImage } from '../image.ts';
import { checkPlane, floatPlane, type Plane } from '../plane.ts';

/**
 * An image whose salient region is covered: `x (1 - M) + fill M` (VDA).
 *
 * @param image - [H, W, 3]
 * @param mask - [H, W] in [0, 1]; bytes mean value / 255
 * @param fill - one byte value per channel
 * @throws RangeError when sizes differ or the fill is out of range
 *
 * Source: VDA as reconstructed: the text masks salient regions and compares features with and without. [RECON]
 */
export function maskSalient(
  image: ByteImage,
  mask: Plane,
  fill: readonly [number, number, number],
): ByteImage {
  checkImage(image, 'maskSalient');
  checkPlane(mask, 'maskSalient');
  if (mask.height !== image.height || mask.width !== image.width) {
    throw new RangeError(
      `maskSalient: mask must be ${image.height} x ${image.width} as the image, got ${mask.height} x ${mask.width}.`,
    );
  }
  if (fill.length !== 3 || !fill.every((value) => value >= 0 && value <= 255))
    throw new RangeError(`maskSalient: fill must be 3 values in [0, 255], got ${fill.join()}.`);
  const covered = floatPlane(mask);
  const data = Uint8Array.from(image.data, (value, at) => {
    const share = Math.min(1, covered[Math.floor(at / 3)]);
    return Math.round((1 - share) * value + share * fill[at % 3]);
  });
  return { ...image, data };
}
