import { join } from 'node:path';
import type { StreamedSet } from '../streamed-set.ts';
import { loadImageFolder } from './image-folder.ts';

/** Classes of Imagenette by synset, in label order. */
const CLASSES: Readonly<Record<string, string>> = {
  n01440764: 'tench',
  n02102040: 'English springer',
  n02979186: 'cassette player',
  n03000684: 'chain saw',
  n03028079: 'church',
  n03394916: 'French horn',
  n03417042: 'garbage truck',
  n03425413: 'gas pump',
  n03445777: 'golf ball',
  n03888257: 'parachute',
};

/**
 * Imagenette as its authors ship it (`imagenette2`, `imagenette2-160`, `imagenette2-320`): `train` and `val` with one folder per synset; class names in words.
 *
 * @throws Error that says which folder is missing
 *
 * Source: Howard, "Imagenette" (2019): ten easily told classes of ImageNet.
 */
export function loadImagenette(folder: string, split: 'train' | 'test'): StreamedSet {
  const set = loadImageFolder(join(folder, split === 'test' ? 'val' : 'train'), {
    name: 'imagenette',
    split,
    classes: Object.keys(CLASSES),
    licence: 'photographs from ImageNet: non-commercial research and education',
    citation: 'Howard, "Imagenette: a smaller subset of 10 easily classified classes from ImageNet", 2019',
  });
  return { ...set, classes: Object.values(CLASSES) };
}
