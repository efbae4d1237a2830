import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StreamedSet } from '../streamed-set.ts';
import { loadImageFolder } from './image-folder.ts';

/** Options of {@link loadImageNet}. */
export interface ImageNetOptions {
  readonly split: 'train' | 'test';
  /** All classes that the folder has, or the 100 of the list that papers call ImageNet-100; default: 1000. */
  readonly classes?: 1000 | 100;
}

/** The synsets of ImageNet-100, sorted, so that a label is the place in this list. */
export function imageNet100Classes(): readonly string[] {
  return readFileSync(new URL('../../lists/imagenet100.txt', import.meta.url), 'utf8')
    .trim()
    .split('\n');
}

/**
 * ImageNet (ILSVRC 2012), unpacked: `train` and `val` with one folder per synset; labels count the synsets in order of their names.
 *
 * @throws Error that says which folder is missing
 *
 * Source: Russakovsky et al., "ImageNet large scale visual recognition challenge" (IJCV 2015); the 100 classes: Tian et al., "Contrastive multiview coding" (ECCV 2020).
 *
 * @example
 * const train = loadImageNet('imagenet', { split: 'train', classes: 100 });
 */
export function loadImageNet(folder: string, options: ImageNetOptions): StreamedSet {
  const { split, classes = 1000, ...unknown } = options;
  if (Object.keys(unknown).length > 0)
    throw new RangeError(`loadImageNet: unknown option ${Object.keys(unknown).join()}.`);
  if (classes !== 1000 && classes !== 100)
    throw new RangeError(`loadImageNet: classes must be 1000 or 100, got ${String(classes)}.`);
  return loadImageFolder(join(folder, split === 'test' ? 'val' : 'train'), {
    name: classes === 100 ? 'imagenet100' : 'imagenet',
    split,
    licence: 'ImageNet terms: non-commercial research and education',
    citation: 'Russakovsky et al., "ImageNet large scale visual recognition challenge", IJCV 2015',
    ...(classes === 100 && { classes: imageNet100Classes() }),
  });
}
