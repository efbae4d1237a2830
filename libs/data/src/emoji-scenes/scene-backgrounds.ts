import { Stream, fold, type Key } from '@fovea/random';
import type { ImageSet } from '../image-set.ts';
import { texture, TEXTURES } from './textures.ts';

/** Backgrounds of several kinds; kind `k % kinds` belongs to class k. */
export interface SceneBackgrounds {
  readonly kinds: number;
  readonly name: string;
  /** A background of one kind: values 0 … 255, [size, size, 3]. */
  render(kind: number, size: number, key: Key): Float32Array;
}

/** Procedural textures of 12 kinds. */
export const TEXTURE_BACKGROUNDS: SceneBackgrounds = {
  kinds: TEXTURES,
  name: 'texture',
  render: (kind, size, key) => texture(kind, size, new Stream(key)),
};

/**
 * Photographs as backgrounds, whose kinds are the classes of an image set; enlarged or reduced bilinearly and mirrored half of the time.
 *
 * @throws RangeError when a class has no image
 */
export function photoBackgrounds(set: ImageSet): SceneBackgrounds {
  const members = set.classes.map((_, label) =>
    [...set.labels.keys()].filter((index) => set.labels[index] === label),
  );
  const empty = members.findIndex((indices) => indices.length === 0);
  if (empty >= 0)
    throw new RangeError(`photoBackgrounds: ${set.name} has no image of class ${set.classes[empty]}.`);
  return {
    kinds: set.classes.length,
    name: `${set.name} ${set.digest}`,
    render(kind, size, key) {
      const draw = new Stream(fold(key, 'photo'));
      const image = set.image(members[kind][draw.integer(0, members[kind].length)]);
      const mirrored = draw.bernoulli(0.5);
      const data = new Float32Array(size * size * 3);
      const rows = Array.from({ length: size }, (_, y) => neighbours(y, size, image.height));
      const columns = Array.from({ length: size }, (_, x) =>
        neighbours(mirrored ? size - 1 - x : x, size, image.width),
      );
      const pixels = image.data;
      for (let y = 0; y < size; y++) {
        const row = rows[y];
        const [above, below] = [row.low * image.width, row.high * image.width];
        for (let x = 0; x < size; x++) {
          const { low, high, share } = columns[x];
          for (let channel = 0; channel < 3; channel++) {
            const upper =
              (1 - share) * pixels[(above + low) * 3 + channel] +
              share * pixels[(above + high) * 3 + channel];
            const lower =
              (1 - share) * pixels[(below + low) * 3 + channel] +
              share * pixels[(below + high) * 3 + channel];
            data[(y * size + x) * 3 + channel] = (1 - row.share) * upper + row.share * lower;
          }
        }
      }
      return data;
    },
  };
}

/** The two source places that output place `index` of `size` lies between, and its share of the higher one. */
function neighbours(
  index: number,
  size: number,
  length: number,
): { low: number; high: number; share: number } {
  const place = ((index + 0.5) * length) / size - 0.5;
  const low = Math.floor(place);
  const clamp = (value: number): number => Math.min(Math.max(value, 0), length - 1);
  return { low: clamp(low), high: clamp(low + 1), share: place - low };
}
