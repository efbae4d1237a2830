import { join, parse } from 'node:path';
import { fileSet } from '../files/file-set.ts';
import { isImageName, listFolder } from '../files/list-folder.ts';
import type { Split } from '../image-set.ts';
import type { StreamedSet } from '../streamed-set.ts';

/** Options of {@link loadImageMaskFolders}. */
export interface ImageMaskOptions {
  readonly name: string;
  readonly split: Split;
  /** Folder of images, e.g. `DUTS-TR/DUTS-TR-Image`. */
  readonly images: string;
  /** Folder of grey masks with the same names, e.g. `DUTS-TR/DUTS-TR-Mask`. */
  readonly masks: string;
  readonly licence?: string;
  readonly citation?: string;
}

/**
 * Images and saliency masks in two folders, joined by name (DUTS, ECSSD, HKU-IS, …).
 *
 * @throws Error naming a folder that does not exist or an image without a mask
 */
export function loadImageMaskFolders(options: ImageMaskOptions): StreamedSet {
  const {
    name,
    split,
    images: folder,
    masks,
    licence = 'not stated',
    citation = 'not stated',
    ...unknown
  } = options;
  if (Object.keys(unknown).length > 0)
    throw new RangeError(`loadImageMaskFolders: unknown option ${Object.keys(unknown).join()}.`);
  const remedy =
    'DUTS: download DUTS-TR.zip or DUTS-TE.zip; each holds one folder of images and one of masks.';
  const maskOf = new Map(
    listFolder(masks, 'loadImageMaskFolders', remedy)
      .filter(isImageName)
      .map((file) => [parse(file).name, join(masks, file)]),
  );
  const images = listFolder(folder, 'loadImageMaskFolders', remedy)
    .filter(isImageName)
    .map((file) => {
      const id = parse(file).name;
      const mask = maskOf.get(id);
      if (mask === undefined)
        throw new Error(`loadImageMaskFolders: ${join(folder, file)} has no mask ${id}.* in ${masks}.`);
      return { name: id, path: join(folder, file), label: -1, mask };
    });
  return fileSet({ name, split, classes: [], images, masks: 'grey', licence, citation });
}
