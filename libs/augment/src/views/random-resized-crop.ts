import { type Key, Stream } from '@fovea/random';
import type { Box } from '../image.ts';
import { roundHalfEven } from '../ops/round-half-even.ts';

/** Ranges of a random crop. */
export interface CropRange {
  /** Share of the image's area, low and high, in (0, 1]. */
  readonly scale: readonly [number, number];
  /** Width over height, low and high, > 0. */
  readonly ratio: readonly [number, number];
}

/**
 * Draws the box of a random resized crop: area uniform in `scale * H * W`, ratio log-uniform; after 10 draws that do not fit, the central box of
 * the nearest ratio that does.
 *
 * @throws RangeError when a size is no positive integer or a range is empty or out of bounds
 *
 * Source: torchvision `RandomResizedCrop.get_params`.
 *
 * @example
 * randomResizedCrop(32, 32, { scale: [0.08, 1], ratio: [3 / 4, 4 / 3] }, fold(key(0), 'crop'));
 */
export function randomResizedCrop(height: number, width: number, range: CropRange, key: Key): Box {
  if (!(Number.isInteger(height) && Number.isInteger(width) && height > 0 && width > 0)) {
    throw new RangeError(`randomResizedCrop: sizes must be positive integers, got ${height} x ${width}.`);
  }
  checkCropRange(range, 'randomResizedCrop');
  return drawCrop(height, width, range, new Stream(key));
}

/** @throws RangeError when a range is empty or out of bounds */
export function checkCropRange({ scale, ratio }: CropRange, caller: string): void {
  if (!(scale[0] > 0 && scale[0] <= scale[1] && scale[1] <= 1)) {
    throw new RangeError(`${caller}: scale must be 0 < low <= high <= 1, got ${scale.join()}.`);
  }
  if (!(ratio[0] > 0 && ratio[0] <= ratio[1] && Number.isFinite(ratio[1]))) {
    throw new RangeError(`${caller}: ratio must be 0 < low <= high, got ${ratio.join()}.`);
  }
}

/** {@link randomResizedCrop} without checks. */
export function drawCrop(height: number, width: number, range: CropRange, draw: Stream): Box {
  const size = drawCropSize(height, width, range, draw);
  if (size === undefined) return centralCrop(height, width, range);
  return {
    top: draw.integer(0, height - size.height + 1),
    left: draw.integer(0, width - size.width + 1),
    ...size,
  };
}

/** Height and width of a random crop, or nothing when 10 draws do not fit into the image. */
export function drawCropSize(
  height: number,
  width: number,
  { scale, ratio }: CropRange,
  draw: Stream,
): { height: number; width: number } | undefined {
  const low = Math.log(ratio[0]);
  const high = Math.log(ratio[1]);
  for (let attempt = 0; attempt < 10; attempt++) {
    const area = height * width * draw.uniform(scale[0], scale[1]);
    const shape = Math.exp(draw.uniform(low, high));
    const w = roundHalfEven(Math.sqrt(area * shape));
    const h = roundHalfEven(Math.sqrt(area / shape));
    if (w > 0 && h > 0 && w <= width && h <= height) return { height: h, width: w };
  }
  return undefined;
}

/** The largest central box whose ratio lies in the range. */
export function centralCrop(height: number, width: number, { ratio }: CropRange): Box {
  const own = width / height;
  const h = own < ratio[0] ? Math.max(1, Math.min(height, roundHalfEven(width / ratio[0]))) : height;
  const w = own > ratio[1] ? Math.max(1, Math.min(width, roundHalfEven(height * ratio[1]))) : width;
  return { top: Math.floor((height - h) / 2), left: Math.floor((width - w) / 2), height: h, width: w };
}
