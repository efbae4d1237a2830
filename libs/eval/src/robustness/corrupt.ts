import type { ByteImage } from '@fovea/augment';
import { fold, Stream, type Key } from '@fovea/random';
import { blurred } from './blurs.ts';
import {
  corruptionConstants,
  corruptionTypes,
  type CorruptionSet,
  type CorruptionType,
} from './corruption-constants.ts';
import { elastic } from './elastic.ts';
import { jpegRoundTrip } from './jpeg-round-trip.ts';
import { boxResize, type Plane } from './planes.ts';
import { weather } from './weather.ts';

/** Which corruption, how severe, with which benchmark's constants. */
export interface Corruption {
  readonly type: CorruptionType;
  /** 1 … 5. */
  readonly severity: number;
  readonly set: CorruptionSet;
}

/**
 * One common corruption of an image: 15 types, 5 severities, constants by benchmark; a pure function of image, corruption and key.
 *
 * Noise: `x + s n`, `Poisson(c x) / c`, salt and pepper of an amount. Blur: a disk, shuffled neighbours, a line, averages of zooms. Weather: snow, frost, fog, brightness (V of HSV). Digital:
 * contrast about the channel means, elastic transform, box pixelation, JPEG. Draws come from the key, so they are not the published files' draws. [RECON]: motion blur is
 * a line kernel of half-Gaussian weights in place of ImageMagick's, and frost is made of plasma in place of the source's photographs.
 *
 * @param image - bytes [H, W, 3], square as in the benchmarks
 * @returns bytes of the same size, rounded down as in the source
 * @throws Error for an unknown type or set, a severity that is not 1 … 5, an image that is not square RGB
 * @see Hendrycks and Dietterich 2019; hendrycks/robustness ImageNet-C/create_c
 *
 * @example
 * corrupt(image, { type: 'fog', severity: 3, set: 'cifar-c' }, fold(key(0), index));
 */
export function corrupt(image: ByteImage, { type, severity, set }: Corruption, key: Key): ByteImage {
  const { data, height, width, channels } = image;
  if (!corruptionTypes.includes(type) || !Object.hasOwn(corruptionConstants, set)) {
    throw new Error(
      `corrupt: no ${type} of ${set}; types: ${corruptionTypes.join(', ')}; sets: ${Object.keys(corruptionConstants).join(', ')}.`,
    );
  }
  if (![1, 2, 3, 4, 5].includes(severity))
    throw new Error(`corrupt: severity must be 1 … 5, got ${severity}.`);
  if (height !== width || channels !== 3)
    throw new Error(`corrupt: needs a square RGB image, got ${height} x ${width} x ${channels}.`);
  const c = corruptionConstants[set][type][severity - 1];
  const own = fold(key, `${type} ${severity}`);
  if (type === 'jpeg-compression') return { ...image, data: jpegRoundTrip(image, c[0]) };
  const planes = [0, 1, 2].map((channel): Plane => ({
    data: Float64Array.from({ length: height * width }, (_, at) => data[3 * at + channel] / 255),
    height,
    width,
  }));
  const changed = change(type, planes, c, own);
  const result = new Uint8Array(data.length);
  changed.forEach((plane, channel) => {
    plane.data.forEach(
      (value, at) => (result[3 * at + channel] = Math.floor(255 * Math.min(1, Math.max(0, value)) + 1e-9)),
    );
  });
  return { ...image, data: result };
}

function change(
  type: CorruptionType,
  planes: readonly Plane[],
  c: readonly number[],
  key: Key,
): readonly Plane[] {
  const draw = new Stream(key);
  switch (type) {
    case 'gaussian-noise':
      return everyValue(planes, (x) => x + c[0] * draw.normal());
    case 'shot-noise':
      return everyValue(planes, (x) => poisson(x * c[0], draw) / c[0]);
    case 'impulse-noise':
      return everyValue(planes, (x) => (draw.uniform() < c[0] ? Number(draw.uniform() < 0.5) : x));
    case 'defocus-blur':
    case 'glass-blur':
    case 'motion-blur':
    case 'zoom-blur':
      return blurred(type, planes, c, key);
    case 'snow':
    case 'frost':
    case 'fog':
      return weather(type, planes, c, key);
    case 'brightness':
      return brighter(planes, c[0]);
    case 'contrast':
      return planes.map((plane) => {
        const mean = plane.data.reduce((sum, value) => sum + value, 0) / plane.data.length;
        return { ...plane, data: plane.data.map((value) => (value - mean) * c[0] + mean) };
      });
    case 'elastic-transform':
      return elastic(planes, c, key);
    default: {
      const side = Math.floor(planes[0].height * c[0]);
      const bytes = planes.map((plane) => rounded(boxResize(plane, side, side)));
      return bytes.map((plane) => rounded(boxResize(plane, planes[0].height, planes[0].width)));
    }
  }
}

/** The value V of HSV raised and clipped, hue and saturation kept: every channel times V' / V. */
function brighter(planes: readonly Plane[], by: number): Plane[] {
  const results = planes.map((plane) => ({ ...plane, data: new Float64Array(plane.data.length) }));
  for (let at = 0; at < planes[0].data.length; at++) {
    const value = Math.max(...planes.map(({ data }) => data[at]));
    const raised = Math.min(1, value + by);
    results.forEach(
      ({ data }, channel) => (data[at] = value === 0 ? raised : (planes[channel].data[at] * raised) / value),
    );
  }
  return results;
}

function everyValue(planes: readonly Plane[], make: (x: number) => number): Plane[] {
  // Pixel after pixel, so that a draw does not depend on the order of channels in memory.
  const results = planes.map((plane) => ({ ...plane, data: new Float64Array(plane.data.length) }));
  for (let at = 0; at < planes[0].data.length; at++) {
    planes.forEach(({ data }, channel) => (results[channel].data[at] = make(data[at])));
  }
  return results;
}

/** Poisson draw: products of uniforms in chunks, so that exp(-mean) never underflows. */
function poisson(mean: number, draw: Stream): number {
  let count = 0;
  for (let left = mean; left > 0; left -= 30) {
    const limit = Math.exp(-Math.min(left, 30));
    for (let product = 1 - draw.uniform(); product > limit; product *= 1 - draw.uniform()) count++;
  }
  return count;
}

function rounded(plane: Plane): Plane {
  return { ...plane, data: plane.data.map((value) => Math.round(255 * value) / 255) };
}
