import { statSync } from 'node:fs';
import { join } from 'node:path';
import { fileSet } from '../files/file-set.ts';
import { isImageName, listFolder } from '../files/list-folder.ts';
import type { Split } from '../image-set.ts';
import type { StreamedSet } from '../streamed-set.ts';

/** Options of {@link loadImageFolder}. */
export interface ImageFolderOptions {
  readonly name: string;
  readonly split: Split;
  /** Only these classes, in this label order; default: every sub-folder, sorted. An ImageNet-100 list goes here. */
  readonly classes?: readonly string[];
  readonly licence?: string;
  readonly citation?: string;
}

/**
 * Images in one sub-folder per class (ImageNet's layout), or, where a folder has no sub-folder, unlabelled images.
 *
 * @throws Error when the folder or a listed class does not exist
 * @throws RangeError when no image was found
 *
 * @example
 * const train = loadImageFolder('imagenet/train', { name: 'imagenet', split: 'train' });
 */
export function loadImageFolder(folder: string, options: ImageFolderOptions): StreamedSet {
  const {
    name,
    split,
    classes: wanted,
    licence = 'not stated',
    citation = 'not stated',
    ...unknown
  } = options;
  if (Object.keys(unknown).length > 0)
    throw new RangeError(`loadImageFolder: unknown option ${Object.keys(unknown).join()}.`);
  const remedy = 'It must hold one folder of images per class, as ImageNet does, or images.';
  const entries = listFolder(folder, 'loadImageFolder', remedy);
  const folders = wanted ?? entries.filter((entry) => statSync(join(folder, entry)).isDirectory());
  const list = (path: string, prefix: string, label: number) =>
    listFolder(path, 'loadImageFolder', remedy)
      .filter(isImageName)
      .map((file) => ({ name: `${prefix}${file}`, path: join(path, file), label }));
  const images =
    folders.length > 0
      ? folders.flatMap((entry, label) => list(join(folder, entry), `${entry}/`, label))
      : list(folder, '', -1);
  return fileSet({ name, split, classes: folders, images, masks: null, licence, citation });
}
