import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { emojiScenes, loadEmojiSprites, MANY_OBJECTS, TEXTURE_BACKGROUNDS } from '@fovea/data';
import type { Image } from '@fovea/saliency';
import sharp from 'sharp';

/** Images, and masks that are 1 where something is salient; null where a set has none. */
export interface SaliencySet {
  readonly title: string;
  readonly length: number;
  load(index: number): Promise<{ id: string; image: Image; mask: Uint8Array | null }>;
}

/**
 * The images of a folder with `index.csv` and shards: the test split of DUTS, all COCO scenes with instance masks (every object counts as
 * salient), or the test split of Caltech-101, whose packed form has no outlines.
 *
 * @returns null where the folder has no index
 */
export function shardedSet(folder: string): SaliencySet | null {
  if (!existsSync(join(folder, 'index.csv'))) return null;
  const [header, ...lines] = readFileSync(join(folder, 'index.csv'), 'utf8').trim().split('\n');
  const names = header.split(',');
  const isDuts = names.includes('split');
  const hasMasks = names.includes('mask_shard');
  const entries = lines
    .map((line) => {
      const cells = line.split(',');
      return (name: string): string => cells[names.indexOf(name)] ?? '';
    })
    .filter((cell) =>
      isDuts ? cell('split') === 'test' : cell('has_mask') === '1' && cell('boxes') !== '0',
    );
  const shards = new Map<string, Buffer>();
  const bytes = (cell: (name: string) => string, prefix: string): Buffer => {
    const name = cell(`${prefix}shard`);
    const shard = shards.get(name) ?? readFileSync(join(folder, name));
    shards.set(name, shard);
    const offset = Number(cell(`${prefix}offset`));
    return shard.subarray(offset, offset + Number(cell(`${prefix}length`)));
  };
  return {
    title: hasMasks
      ? isDuts
        ? 'DUTS-TE at 224 px'
        : `${basename(folder)} with masks, all objects salient`
      : `${basename(folder)}, without masks`,
    length: entries.length,
    load: async (index) => {
      const cell = entries[index];
      const photo = await decode(bytes(cell, ''));
      const { width, height, channels } = photo;
      const id = cell(isDuts ? (hasMasks ? 'id' : 'name') : 'image_id');
      const image = { data: photo.data, width, height, channels };
      if (!hasMasks) return { id, image, mask: null };
      const drawn = await decode(bytes(cell, 'mask_'));
      const mask = new Uint8Array(width * height);
      for (let p = 0; p < mask.length; p++) mask[p] = Number(drawn.data[p * drawn.channels] > 0);
      return { id, image, mask };
    },
  };
}

/** 500 EmojiScenes of one to six objects on textures, 64 px: objects that no estimator was made for, and exact masks. */
export async function emojiSet(): Promise<SaliencySet> {
  const sprites = await loadEmojiSprites('google');
  const backgrounds = TEXTURE_BACKGROUNDS;
  const scenes = emojiScenes({
    recipe: MANY_OBJECTS,
    split: 'test',
    length: 500,
    seed: 0,
    sprites,
    backgrounds,
  });
  const { size } = MANY_OBJECTS;
  return {
    title: 'EmojiScenes of one to six objects at 64 px',
    length: scenes.length,
    load: (index) => {
      const { image, instances } = scenes.scene(index);
      const mask = instances.map((instance) => Number(instance > 0));
      return Promise.resolve({
        id: String(index),
        image: { data: image, width: size, height: size, channels: 3 },
        mask,
      });
    },
  };
}

async function decode(bytes: Buffer): Promise<Image> {
  const { data, info } = await sharp(bytes)
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height, channels: info.channels };
}
