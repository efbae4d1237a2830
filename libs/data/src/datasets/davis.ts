import { existsSync, readFileSync } from 'node:fs';
import { join, parse } from 'node:path';
import { fileSet } from '../files/file-set.ts';
import { isImageName, listFolder } from '../files/list-folder.ts';
import type { StreamedSet } from '../streamed-set.ts';

/** One video of DAVIS: its frames in order, each with its mask of object numbers. */
export interface DavisSequence {
  readonly name: string;
  readonly frames: StreamedSet;
}

/**
 * DAVIS-2017 (480p): the sequences of one list, frames in order, masks of object numbers (0 = background).
 *
 * @param folder - the `DAVIS` folder, with `JPEGImages/480p`, `Annotations/480p` and `ImageSets/2017`
 * @throws Error that says what to download and where it must lie
 *
 * Source: Pont-Tuset et al., "The 2017 DAVIS challenge on video object segmentation" (2017).
 */
export function loadDavis(folder: string, list: 'train' | 'val'): DavisSequence[] {
  const remedy = 'Download DAVIS-2017-trainval-480p.zip and unpack it; give the DAVIS folder.';
  const listed = join(folder, 'ImageSets', '2017', `${list}.txt`);
  if (!existsSync(listed)) throw new Error(`loadDavis: ${listed} does not exist. ${remedy}`);
  const names = readFileSync(listed, 'utf8').split(/\s+/).filter(Boolean);
  return names.map((name) => {
    const frames = join(folder, 'JPEGImages', '480p', name);
    const masks = join(folder, 'Annotations', '480p', name);
    const images = listFolder(frames, 'loadDavis', remedy)
      .filter(isImageName)
      .map((file) => ({
        name: `${name}/${parse(file).name}`,
        path: join(frames, file),
        label: -1,
        mask: join(masks, `${parse(file).name}.png`),
      }));
    return {
      name,
      frames: fileSet({
        name: `davis2017-${name}`,
        split: list === 'val' ? 'test' : 'train',
        classes: [],
        images,
        masks: 'palette',
        licence: 'BSD-3-Clause annotations; videos as licensed by their authors',
        citation: 'Pont-Tuset et al., "The 2017 DAVIS challenge on video object segmentation", 2017',
      }),
    };
  });
}
