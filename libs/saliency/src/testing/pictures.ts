import { key, Stream } from '@fovea/random';
import type { Image, Mask, SaliencyMap } from '../image.ts';

/** An image painted pixel by pixel. */
export function picture(
  width: number,
  height: number,
  paint: (column: number, row: number) => readonly number[],
): Image {
  const colours = Array.from({ length: width * height }, (_, p) => paint(p % width, Math.floor(p / width)));
  return { data: Uint8Array.from(colours.flat()), width, height, channels: colours[0].length };
}

/** A red disc in the middle of noisy green. */
export function disc(width = 96, height = 96): Image {
  const draw = new Stream(key(1));
  return picture(width, height, (c, r) => {
    const noise = draw.integer(0, 12);
    return inDisc(c, r, width, height) ? [200 + noise, 40, 40] : [40 + noise, 120 + noise, 50];
  });
}

/** Where {@link disc} is red. */
export function discMask(width = 96, height = 96): Mask {
  const data = Uint8Array.from({ length: width * height }, (_, p) =>
    Number(inDisc(p % width, Math.floor(p / width), width, height)),
  );
  return { data, width, height };
}

/** A map from rows of numbers. */
export function mapOf(rows: readonly (readonly number[])[]): SaliencyMap {
  return { data: Float32Array.from(rows.flat()), width: rows[0].length, height: rows.length };
}

/** Mean of a map where a mask is 1, and where it is 0. */
export function meansInAndOut(map: SaliencyMap, mask: Mask): [number, number] {
  const mean = (side: number): number => {
    const inside = map.data.filter((_, p) => mask.data[p] === side);
    return inside.reduce((sum, value) => sum + value, 0) / inside.length;
  };
  return [mean(1), mean(0)];
}

function inDisc(c: number, r: number, width: number, height: number): boolean {
  return Math.hypot(c + 0.5 - width / 2, r + 0.5 - height / 2) < Math.min(width, height) / 4;
}
