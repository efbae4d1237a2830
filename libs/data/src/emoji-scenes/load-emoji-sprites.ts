import { join } from 'node:path';
import { cacheDirectory } from '@fovea/files';
import sharp from 'sharp';
import { checkedFiles, type CheckedFile } from '../cache/checked-files.ts';
import { npmPackageFiles, type FetchPackage } from '../cache/npm-package.ts';
import { progress } from '../cache/progress.ts';
import { EMOJI_CLASSES } from './emoji-classes.ts';
import { EMOJI_PACKAGES, type EmojiStyle } from './emoji-packages.ts';

/** Side of a drawing in pixels. */
export const SPRITE = 64;

/** Drawings of one style, by file name. */
export interface EmojiSprites {
  readonly style: EmojiStyle;
  /** Halvings of a drawing, from 64 x 64 down to 4 x 4: RGBA with colours multiplied by alpha, in 0 … 255. */
  levels(name: string): readonly Float32Array[]; // [64 >> level, 64 >> level, 4] each
  readonly licence: string;
}

/**
 * The drawings that EmojiScenes uses, from the npm packages `emoji-datasource-google` and `-twitter` 16.0.0 (74 and 62 MB, fetched once), decoded into the
 * cache folder (5 MB each) and checked at every load.
 *
 * @throws RangeError for an unknown style
 * @throws Error that says what to do when a package cannot be fetched or is damaged
 */
export async function loadEmojiSprites(
  style: EmojiStyle,
  cache = join(cacheDirectory(), 'data', 'emoji-scenes'),
  fetchPackage?: FetchPackage,
): Promise<EmojiSprites> {
  if (!(style in EMOJI_PACKAGES)) {
    throw new RangeError(`loadEmojiSprites: style must be google or twitter, got ${style as string}.`);
  }
  const names = EMOJI_CLASSES.flatMap(({ train, test }) => [...train, ...test]);
  const file: CheckedFile = {
    name: `${style}-16.0.0-drawings-2.rgba`,
    bytes: names.length * SPRITE * SPRITE * 4,
    sha256: DIGESTS[style],
  };
  const [bytes] = await checkedFiles(cache, [file], [file], async function* () {
    const files = await npmPackageFiles(EMOJI_PACKAGES[style], cache, fetchPackage);
    progress(`emoji-scenes: decoding ${names.length} ${style} drawings`);
    yield [file, await decode(files, names, style)] as const;
  });
  const pyramids = new Map<string, Float32Array[]>();
  return {
    style,
    licence: style === 'google' ? 'Apache-2.0 (Noto Emoji)' : 'CC BY 4.0 (Twemoji)',
    levels(name) {
      const known = pyramids.get(name);
      if (known !== undefined) return known;
      const at = names.indexOf(name);
      if (at < 0) throw new RangeError(`EmojiSprites: no drawing ${name} in the lists.`);
      const size = SPRITE * SPRITE * 4;
      const levels = pyramid(bytes.subarray(at * size, (at + 1) * size));
      pyramids.set(name, levels);
      return levels;
    },
  };
}

/** SHA-256 of the decoded drawings in the order of the lists: straight RGBA, row by row. */
const DIGESTS: Readonly<Record<EmojiStyle, string>> = {
  google: 'aa8cd73355649627071f905c027180bb60c5795039603d0ebb33cc9ce6f7b3f4',
  twitter: '6a414dc35f362a8c6fa9b65dba1615e96a971a7128c4caaf23e80d03f0deaf96',
};

async function decode(
  files: ReadonlyMap<string, Uint8Array>,
  names: readonly string[],
  style: EmojiStyle,
): Promise<Uint8Array> {
  const size = SPRITE * SPRITE * 4;
  const all = new Uint8Array(names.length * size);
  for (const [index, name] of names.entries()) {
    const png = files.get(`img/${style}/64/${name}`);
    if (png === undefined) throw new Error(`loadEmojiSprites: the ${style} package has no drawing ${name}.`);
    const { data, info } = await sharp(png)
      .toColourspace('srgb')
      .ensureAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    if (info.width !== SPRITE || info.height !== SPRITE) {
      throw new Error(
        `loadEmojiSprites: ${style} ${name} is ${info.width} x ${info.height}, expected 64 x 64.`,
      );
    }
    all.set(data, index * size);
  }
  return all;
}

function pyramid(rgba: Uint8Array): Float32Array[] {
  const full = new Float32Array(rgba.length);
  for (let pixel = 0; pixel < rgba.length; pixel += 4) {
    const alpha = rgba[pixel + 3] / 255;
    for (let channel = 0; channel < 3; channel++) full[pixel + channel] = rgba[pixel + channel] * alpha;
    full[pixel + 3] = rgba[pixel + 3];
  }
  const levels = [full];
  for (let side = SPRITE / 2; side >= 4; side /= 2) {
    const above = levels[levels.length - 1];
    const half = new Float32Array(side * side * 4);
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side * 4; x++) {
        const at = 2 * y * side * 8 + 8 * (x >> 2) + (x & 3);
        half[y * side * 4 + x] =
          (above[at] + above[at + 4] + above[at + side * 8] + above[at + side * 8 + 4]) / 4;
      }
    }
    levels.push(half);
  }
  return levels;
}
