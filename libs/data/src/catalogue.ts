import { join } from 'node:path';
import { digestJson } from '@fovea/files';
import { loadCifarBinary } from './datasets/cifar-binary.ts';
import { loadCifarPython } from './datasets/cifar-python.ts';
import { loadCifar10 } from './datasets/cifar10.ts';
import { loadCoco } from './datasets/coco.ts';
import { loadDavis } from './datasets/davis.ts';
import { loadImageFolder } from './datasets/image-folder.ts';
import { loadImageMaskFolders } from './datasets/image-mask-folders.ts';
import { loadImageNet } from './datasets/imagenet.ts';
import { loadImagenette } from './datasets/imagenette.ts';
import { loadStl10 } from './datasets/stl10.ts';
import { loadVoc } from './datasets/voc.ts';
import { emojiScenes } from './emoji-scenes/emoji-scenes.ts';
import { loadEmojiSprites } from './emoji-scenes/load-emoji-sprites.ts';
import { photoBackgrounds, TEXTURE_BACKGROUNDS } from './emoji-scenes/scene-backgrounds.ts';
import { MANY_OBJECTS, ONE_OBJECT } from './emoji-scenes/scene-recipe.ts';
import type { Image, Split } from './image-set.ts';
import { loadPacked } from './packed/load-packed.ts';
import { checkIndex } from './streamed-set.ts';

/** What every data set has in common, however its images are kept. */
export interface AnySet {
  readonly name: string;
  readonly length: number;
  readonly classes: readonly string[];
  readonly labels: Int32Array;
  readonly digest: string;
  readonly licence: string;
  readonly citation: string;
  image(index: number): Image | Promise<Image>;
}

/** A data set that a name opens. */
export interface CatalogueEntry {
  readonly name: string;
  readonly what: string;
  /** What the path must be, or null where nothing but a network is needed once. */
  readonly path: string | null;
  open(split: Split, path: string): Promise<AnySet>;
}

/** Every data set that can be opened by name. */
export const CATALOGUE: readonly CatalogueEntry[] = [
  {
    name: 'cifar10',
    what: '60,000 photographs, 32 px, 10 classes; lossless, from npm (139 MB)',
    path: null,
    open: (split) => loadCifar10({ split: seen(split) }),
  },
  {
    name: 'emoji-scenes',
    what: 'one drawn object on a texture, 32 px, 12 classes, with masks; from npm (74 MB)',
    path: null,
    open: async (split) =>
      emojiScenes({
        recipe: ONE_OBJECT, split: seen(split), length: 2000, seed: 0,
        sprites: await loadEmojiSprites('google'), backgrounds: TEXTURE_BACKGROUNDS,
      }).render(), // prettier-ignore
  },
  {
    name: 'emoji-scenes-many',
    what: 'one to six drawn objects on a CIFAR-10 photograph, 64 px, 12 classes, with masks and boxes',
    path: null,
    open: async (split) =>
      emojiScenes({
        recipe: MANY_OBJECTS, split: seen(split), length: 500, seed: 0, sprites: await loadEmojiSprites('google'),
        backgrounds: photoBackgrounds(await loadCifar10({ split: seen(split), limit: 10_000 })),
      }).render(), // prettier-ignore
  },
  {
    name: 'packed',
    what: 'a packed set: shards with index.bin (files or pixels), or tar with index.csv',
    path: 'its folder',
    open: async (split, path) => loadPacked(path, { split }),
  },
  {
    name: 'folder',
    what: 'a folder of images, or one folder of images per class (ImageNet)',
    path: 'the folder',
    open: async (split, path) => loadImageFolder(path, { name: 'folder', split }),
  },
  {
    name: 'imagenet',
    what: 'ImageNet, one folder per synset',
    path: 'the folder of train and val',
    open: async (split, path) => loadImageNet(path, { split: seen(split) }),
  },
  {
    name: 'imagenet100',
    what: 'the 100 classes of ImageNet that papers call ImageNet-100',
    path: 'the folder of train and val',
    open: async (split, path) => loadImageNet(path, { split: seen(split), classes: 100 }),
  },
  {
    name: 'imagenette',
    what: 'Imagenette, ten classes, any of its sizes',
    path: 'imagenette2, imagenette2-160 or imagenette2-320',
    open: async (split, path) => loadImagenette(path, seen(split)),
  },
  {
    name: 'cifar10-binary',
    what: 'the authors’ binary archive of CIFAR-10',
    path: 'cifar-10-batches-bin',
    open: async (split, path) => loadCifarBinary(path, { name: 'cifar10', split: seen(split) }),
  },
  {
    name: 'cifar100-binary',
    what: 'the authors’ binary archive of CIFAR-100',
    path: 'cifar-100-binary',
    open: async (split, path) => loadCifarBinary(path, { name: 'cifar100', split: seen(split) }),
  },
  {
    name: 'cifar10-python',
    what: 'the authors’ Python archive of CIFAR-10',
    path: 'cifar-10-batches-py',
    open: async (split, path) => loadCifarPython(path, { name: 'cifar10', split: seen(split) }),
  },
  {
    name: 'cifar100-python',
    what: 'the authors’ Python archive of CIFAR-100',
    path: 'cifar-100-python',
    open: async (split, path) => loadCifarPython(path, { name: 'cifar100', split: seen(split) }),
  },
  {
    name: 'stl10',
    what: 'the authors’ binary archive of STL-10, 96 px',
    path: 'stl10_binary',
    open: async (split, path) => loadStl10(path, split),
  },
  {
    name: 'voc2007',
    what: 'Pascal VOC 2007 with boxes',
    path: 'VOCdevkit',
    open: async (split, path) =>
      loadVoc(path, { year: 2007, list: split === 'test' ? 'test' : 'trainval', task: 'detection' }),
  },
  {
    name: 'voc2012-masks',
    what: 'Pascal VOC 2012 with class masks',
    path: 'VOCdevkit',
    open: async (split, path) =>
      loadVoc(path, { year: 2012, list: split === 'test' ? 'val' : 'train', task: 'segmentation' }),
  },
  {
    name: 'coco2017',
    what: 'COCO 2017 with boxes and instance masks',
    path: 'the folder of annotations, train2017 and val2017',
    open: async (split, path) => openCoco(path, seen(split)),
  },
  {
    name: 'duts',
    what: 'DUTS with saliency masks',
    path: 'the folder of DUTS-TR and DUTS-TE',
    open: async (split, path) => openDuts(path, split),
  },
  {
    name: 'davis2017',
    what: 'DAVIS-2017, frames of all sequences with masks of object numbers',
    path: 'the DAVIS folder',
    open: async (split, path) => openDavis(path, seen(split)),
  },
];

/**
 * Opens a data set by its name.
 *
 * @throws RangeError for an unknown name, with those that are known, or a path that is missing or not wanted
 *
 * @example
 * const test = await openSet('cifar10', 'test');
 */
export function openSet(name: string, split: Split, path?: string): Promise<AnySet> {
  const entry = CATALOGUE.find((one) => one.name === name);
  if (entry === undefined) {
    throw new RangeError(
      `openSet: no data set '${name}'; known: ${CATALOGUE.map((one) => one.name).join(', ')}.`,
    );
  }
  if (entry.path !== null && path === undefined) {
    throw new RangeError(`openSet: ${name} needs a path: ${entry.path}.`);
  }
  if (entry.path === null && path !== undefined)
    throw new RangeError(`openSet: ${name} takes no path, got ${path}.`);
  return entry.open(split, path ?? '');
}

function openCoco(path: string, split: 'train' | 'test'): AnySet {
  const part = split === 'test' ? 'val2017' : 'train2017';
  const annotations = join(path, 'annotations', `instances_${part}.json`);
  return loadCoco({ annotations, images: join(path, part), name: `coco-${part}`, split });
}

function openDuts(path: string, split: Split): AnySet {
  const part = split === 'test' ? 'DUTS-TE' : 'DUTS-TR';
  const [images, masks] = [join(path, part, `${part}-Image`), join(path, part, `${part}-Mask`)];
  return loadImageMaskFolders({ name: part.toLowerCase(), split, images, masks });
}

/** The frames of all sequences, one after another. */
function openDavis(path: string, split: 'train' | 'test'): AnySet {
  const sequences = loadDavis(path, split === 'test' ? 'val' : 'train').map(({ frames }) => frames);
  if (sequences.length === 0) throw new RangeError(`openSet: the list of DAVIS-2017 in ${path} is empty.`);
  const places = sequences.flatMap((frames) =>
    Array.from({ length: frames.length }, (_, index) => ({ frames, index })),
  );
  const { licence, citation } = sequences[0];
  return {
    name: 'davis2017',
    length: places.length,
    classes: [],
    labels: new Int32Array(places.length).fill(-1),
    digest: digestJson(sequences.map((frames) => frames.digest)),
    licence,
    citation,
    image: (at) => {
      checkIndex(at, { name: 'davis2017', length: places.length });
      return places[at].frames.image(places[at].index);
    },
  };
}

function seen(split: Split): 'train' | 'test' {
  if (split === 'unlabelled') throw new RangeError('openSet: this set has splits train and test only.');
  return split;
}
