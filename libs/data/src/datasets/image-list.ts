import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileSet } from '../files/file-set.ts';
import type { Split } from '../image-set.ts';
import type { StreamedSet } from '../streamed-set.ts';

/** Options of {@link loadImageList}. */
export interface ImageListOptions {
  readonly name: string;
  readonly split: Split;
  /** Folder that the paths of the list start from. */
  readonly root: string;
  /** Class names in label order; for SimCLR lists the folder names (wnids). */
  readonly classes: readonly string[];
  readonly licence?: string;
  readonly citation?: string;
}

/**
 * Images named by a text file, one a line, in one of two forms: `path label` (iNaturalist, Places), or the SimCLR form of the 1 % and 10 % lists of ImageNet,
 * `n01440764_10183.JPEG`, whose folder and class is the part before the underscore.
 *
 * @throws Error naming the line that is in neither form, or whose label or class is unknown, or a file that does not exist
 *
 * @example
 * loadImageList('1percent.txt', { name: 'imagenet-1%', split: 'train', root: 'imagenet/train', classes: wnids });
 */
export function loadImageList(list: string, options: ImageListOptions): StreamedSet {
  const { name, split, root, classes, licence = 'not stated', citation = 'not stated', ...unknown } = options;
  if (Object.keys(unknown).length > 0)
    throw new RangeError(`loadImageList: unknown option ${Object.keys(unknown).join()}.`);
  if (!existsSync(list))
    throw new Error(`loadImageList: ${list} does not exist. It must name one image a line.`);
  const images = readFileSync(list, 'utf8')
    .split(/\r?\n/)
    .map((line, index) => ({ line: line.trim(), index }))
    .filter(({ line }) => line !== '')
    .map(({ line, index }) => {
      const labelled = /^(\S.*)\s+(\d+)$/.exec(line);
      const folder = /^([^_/\s]+)_[^/\s]+$/.exec(line)?.[1];
      const path = labelled?.[1] ?? (folder === undefined ? line : `${folder}/${line}`);
      const label = labelled === null ? classes.indexOf(folder ?? '') : Number(labelled[2]);
      if (label < 0 || label >= classes.length) {
        throw new Error(
          `loadImageList: ${list} line ${index + 1} ('${line}') names no class; known are ${classes.length}.`,
        );
      }
      return { name: path, path: join(root, path), label };
    });
  return fileSet({ name, split, classes, images, masks: null, licence, citation });
}
