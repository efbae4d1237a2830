import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileSet, type ListedImage } from '../files/file-set.ts';
import type { ObjectBox, StreamedSet } from '../streamed-set.ts';

/** Options of {@link loadVoc}. */
export interface VocOptions {
  readonly year: 2007 | 2012;
  /** An image set of `ImageSets/Main` (boxes and classes) or `ImageSets/Segmentation` (masks). */
  readonly list: 'train' | 'val' | 'trainval' | 'test';
  readonly task: 'detection' | 'segmentation';
}

/**
 * Pascal VOC 2007 or 2012 from its development kit: boxes and classes, or class masks (255 = void).
 *
 * Difficult objects carry `ignore`. Images have no single label.
 *
 * @param folder - the `VOCdevkit` folder
 * @throws Error that says what to download and where it must lie, or names the annotation that is broken
 *
 * Source: Everingham et al., "The Pascal Visual Object Classes challenge" (IJCV 2010).
 */
export function loadVoc(folder: string, options: VocOptions): StreamedSet {
  const { year, list, task, ...unknown } = options;
  if (Object.keys(unknown).length > 0)
    throw new RangeError(`loadVoc: unknown option ${Object.keys(unknown).join()}.`);
  const root = join(folder, `VOC${year}`);
  const listed = join(root, 'ImageSets', task === 'detection' ? 'Main' : 'Segmentation', `${list}.txt`);
  if (!existsSync(listed)) {
    throw new Error(
      `loadVoc: ${listed} does not exist. Download VOCtrainval (and VOCtest) of ${year} and unpack them so that ${folder} holds VOC${year}.`,
    );
  }
  const ids = readFileSync(listed, 'utf8').split(/\s+/).filter(Boolean);
  const images = ids.map((id): ListedImage => {
    const image = { name: id, path: join(root, 'JPEGImages', `${id}.jpg`), label: -1 };
    return task === 'detection'
      ? { ...image, objects: readAnnotation(join(root, 'Annotations', `${id}.xml`)) }
      : { ...image, mask: join(root, 'SegmentationClass', `${id}.png`) };
  });
  return fileSet({
    name: `voc${year}-${task}-${list}`,
    split: list === 'test' || list === 'val' ? 'test' : 'train',
    classes: task === 'detection' ? VOC_CLASSES : ['background', ...VOC_CLASSES],
    images,
    masks: task === 'segmentation' ? 'palette' : null,
    licence: 'Flickr terms of use',
    citation: 'Everingham et al., "The Pascal Visual Object Classes challenge", IJCV 2010',
  });
}

/** The 20 classes in label order. */
export const VOC_CLASSES: readonly string[] =
  'aeroplane bicycle bird boat bottle bus car cat chair cow diningtable dog horse motorbike person pottedplant sheep sofa train tvmonitor'.split(
    ' ',
  );

function readAnnotation(path: string): ObjectBox[] {
  if (!existsSync(path)) throw new Error(`loadVoc: ${path} does not exist.`);
  const xml = readFileSync(path, 'utf8');
  if (!xml.includes('</annotation>'))
    throw new Error(`loadVoc: ${path} is cut short: it has no </annotation>.`);
  return [...xml.matchAll(/<object>([^]*?)<\/object>/g)].map(([, object]) => {
    const own = object.replace(/<part>[^]*?<\/part>/g, ''); // body parts have boxes of their own
    const field = (tag: string): string => {
      const value = new RegExp(`<${tag}>\\s*([^<]*?)\\s*</${tag}>`).exec(own)?.[1];
      if (value === undefined) throw new Error(`loadVoc: ${path} has an object without <${tag}>.`);
      return value;
    };
    const label = VOC_CLASSES.indexOf(field('name'));
    if (label < 0)
      throw new Error(`loadVoc: ${path} names class '${field('name')}', which is none of the 20.`);
    // VOC counts pixels from 1 and includes the last
    const box = [
      Number(field('xmin')) - 1,
      Number(field('ymin')) - 1,
      Number(field('xmax')),
      Number(field('ymax')),
    ] as const;
    return { box, label, instance: 0, ignore: own.includes('<difficult>1</difficult>') };
  });
}
