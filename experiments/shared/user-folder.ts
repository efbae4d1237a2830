import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Photographs that the user brings: what a folder of each must hold. */
export const USER_FOLDERS = {
  imagenet: {
    variable: 'FOVEA_IMAGENET',
    holds: ['train', 'val'],
    layout:
      'train/ and val/ with one folder of images a class, 1percent.txt and 10percent.txt of SimCLR beside them',
  },
  imagenette: {
    variable: 'FOVEA_IMAGENETTE',
    holds: [],
    layout: 'train/ and val/ of Imagenette, of any size, or a packed set of it with the splits train and val',
  },
  coco: {
    variable: 'FOVEA_COCO',
    holds: ['annotations', 'train2017'],
    layout: 'annotations/instances_train2017.json and train2017/',
  },
  voc: {
    variable: 'FOVEA_VOC',
    holds: ['VOC2007'],
    layout: 'the VOCdevkit, so that VOC2007/ImageSets/Main/test.txt lies in it',
  },
} as const satisfies Record<string, UserFolder>;

interface UserFolder {
  readonly variable: string;
  readonly holds: readonly string[];
  readonly layout: string;
}

/** A set that the user brings. */
export type UserSet = keyof typeof USER_FOLDERS;

/**
 * Folder of a set that the user brings: the value of its environment variable, which `--data imagenet=PATH` sets.
 *
 * @throws Error that says how to name the folder, or what it lacks
 */
export function userFolder(set: UserSet): string {
  const { variable, holds, layout }: UserFolder = USER_FOLDERS[set];
  const folder = process.env[variable];
  if (folder === undefined || folder === '') {
    throw new Error(
      `this run needs ${set}: give --data ${set}=PATH, or set ${variable}, to a folder with ${layout}. To try a recipe without data: --dry-run.`,
    );
  }
  const lacking = holds.filter((name) => !existsSync(join(folder, name)));
  if (lacking.length > 0) {
    throw new Error(
      `${folder} is no folder of ${set}: it lacks ${lacking.join(' and ')}; it must hold ${layout}.`,
    );
  }
  return folder;
}

/**
 * Takes `imagenet=PATH` as the user's folder of a set.
 *
 * @throws Error for a text of another form or an unknown set
 */
export function nameUserFolder(text: string): void {
  const [, set, path] = /^(\w+)=(.+)$/.exec(text) ?? [];
  if (set === undefined || !Object.hasOwn(USER_FOLDERS, set)) {
    throw new Error(`--data takes ${Object.keys(USER_FOLDERS).join('=PATH, ')}=PATH, got "${text}".`);
  }
  process.env[USER_FOLDERS[set as UserSet].variable] = path;
}
