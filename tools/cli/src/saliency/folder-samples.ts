import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { loadImageMaskFolders, loadPacked, type StreamedSet } from '@fovea/data';
import { resizeMap } from '@fovea/saliency';
import type { SampleSource } from './samples.ts';
import { shrunk } from './shrunk.ts';

/** Options of {@link folderSamples}. */
export interface FolderSamplesOptions {
  /** Split of a packed set. */
  readonly split: string;
  /** Longer side in pixels that images are reduced to in memory. */
  readonly longest: number;
}

/**
 * The images with masks of a folder, decoded and reduced once: a packed set (`index.csv`, tar shards), or DUTS as it is published (one folder
 * of images and one of masks, named `…Image` and `…Mask`).
 *
 * @throws Error naming what the folder lacks
 */
export async function folderSamples(folder: string, options: FolderSamplesOptions): Promise<SampleSource> {
  const set = openMaskedSet(folder, options.split);
  const samples: ReturnType<SampleSource['sample']>[] = [];
  for (let index = 0; index < set.length; index++) samples.push(await reduced(set, index, options.longest));
  return {
    name: `${set.name} ${options.split}`,
    digest: `${set.digest} ${options.longest}`,
    length: set.length,
    sample: (index) => samples[index],
  };
}

/** @throws Error where the folder holds no images with masks */
export function openMaskedSet(folder: string, split: string): StreamedSet {
  if (existsSync(join(folder, 'index.csv'))) {
    const set = loadPacked(folder, { where: { split }, split: split === 'test' ? 'test' : 'train' });
    if (set.mask === null) throw new Error(`saliency train: ${set.name} has no masks.`);
    return set;
  }
  const entries = existsSync(folder) ? readdirSync(folder) : [];
  const [images, masks] = [/image/i, /mask|gt/i].map((kind) => entries.find((entry) => kind.test(entry)));
  if (images === undefined || masks === undefined) {
    throw new Error(
      `saliency train: ${folder} must hold index.csv with shards, or a folder of images (DUTS-TR-Image) and one of masks (DUTS-TR-Mask).`,
    );
  }
  return loadImageMaskFolders({
    name: folder,
    split: 'train',
    images: join(folder, images),
    masks: join(folder, masks),
  });
}

async function reduced(
  set: StreamedSet,
  index: number,
  longest: number,
): Promise<ReturnType<SampleSource['sample']>> {
  const image = await set.image(index);
  const mask = await set.mask?.(index);
  if (!mask) throw new Error(`saliency train: ${set.name} ${set.names[index]} has no mask.`);
  const { data, width, height } = shrunk(image, longest);
  const whole = {
    data: Float32Array.from(mask.data, (value) => Number(value > 0)),
    width: mask.width,
    height: mask.height,
  };
  const target = resizeMap(whole, width, height).data;
  return {
    image: { data: Uint8Array.from(data), width, height, channels: 3 },
    target: { data: target, width, height },
  };
}
