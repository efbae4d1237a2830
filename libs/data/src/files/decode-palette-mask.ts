import { decodeRgb } from '../decode-rgb.ts';
import type { Mask } from '../streamed-set.ts';

/**
 * Decodes a mask whose colours stand for numbers 0 … 255 in the palette of Pascal VOC and DAVIS.
 *
 * @throws Error naming the mask and the first colour that is not in the palette
 *
 * Source: `VOClabelcolormap` of the VOC development kit: bit k of red, green and blue comes from bits 3k, 3k+1, 3k+2 of the number, highest first.
 */
export async function decodePaletteMask(bytes: Uint8Array, name: string): Promise<Mask> {
  const { data, height, width } = await decodeRgb(bytes, { name });
  const mask = new Uint8Array(height * width);
  for (let pixel = 0; pixel < mask.length; pixel++) {
    const colour = (data[pixel * 3] << 16) | (data[pixel * 3 + 1] << 8) | data[pixel * 3 + 2];
    const number = NUMBERS.get(colour);
    if (number === undefined) {
      throw new Error(
        `decodePaletteMask: ${name} has colour #${colour.toString(16).padStart(6, '0')} at pixel ${pixel}, which is not in the VOC palette.`,
      );
    }
    mask[pixel] = number;
  }
  return { data: mask, height, width };
}

/** The colour of a number as 0xRRGGBB. */
export function vocColour(number: number): number {
  let [red, green, blue] = [0, 0, 0];
  for (let rest = number, shift = 7; shift >= 0; rest >>= 3, shift--) {
    red |= (rest & 1) << shift;
    green |= ((rest >> 1) & 1) << shift;
    blue |= ((rest >> 2) & 1) << shift;
  }
  return (red << 16) | (green << 8) | blue;
}

const NUMBERS: ReadonlyMap<number, number> = new Map(
  Array.from({ length: 256 }, (_, number) => [vocColour(number), number]),
);
