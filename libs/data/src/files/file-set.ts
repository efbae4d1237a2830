import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { digestJson } from '@fovea/files';
import { decodeMask } from '../decode-mask.ts';
import { decodeRgb } from '../decode-rgb.ts';
import type { Split } from '../image-set.ts';
import { checkIndex, type Mask, type ObjectBox, type StreamedSet } from '../streamed-set.ts';
import { decodePaletteMask } from './decode-palette-mask.ts';

/** One image file and what is known of it. */
export interface ListedImage {
  readonly name: string;
  readonly path: string;
  readonly label: number;
  readonly mask?: string;
  readonly objects?: readonly ObjectBox[];
}

/** What a set of image files is made of. */
export interface FileSetFields {
  readonly name: string;
  readonly split: Split;
  readonly classes: readonly string[];
  readonly images: readonly ListedImage[];
  /** How masks are stored: grey values, or colours of the VOC palette that stand for numbers. */
  readonly masks: 'grey' | 'palette' | null;
  readonly licence: string;
  readonly citation: string;
}

/**
 * A streamed set over image files.
 *
 * The digest covers names, labels and file sizes, not the pixels.
 *
 * @throws RangeError for an empty list
 * @throws Error naming a listed file that does not exist
 */
export function fileSet(fields: FileSetFields): StreamedSet {
  const { name, images, masks } = fields;
  if (images.length === 0) throw new RangeError(`${name}: no image was found.`);
  const sizes = images.map(({ path }) => {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined) throw new Error(`${name}: ${path} is listed but does not exist.`);
    return found.size;
  });
  const get = (index: number): ListedImage => {
    checkIndex(index, { name, length: images.length });
    return images[index];
  };
  const withObjects = images.some(({ objects }) => objects !== undefined);
  return {
    name,
    split: fields.split,
    length: images.length,
    classes: fields.classes,
    labels: Int32Array.from(images, ({ label }) => label),
    names: images.map((image) => image.name),
    digest: digestJson({
      name,
      classes: fields.classes,
      images: images.map((image, index) => [image.name, image.label, sizes[index]]),
    }),
    licence: fields.licence,
    citation: fields.citation,
    async image(index) {
      const { path } = get(index);
      return decodeRgb(await readFile(path), { name: path });
    },
    mask: masks === null ? null : (index) => readMask(get(index), masks, name),
    objects: withObjects ? (index) => get(index).objects ?? [] : null,
  };
}

async function readMask(image: ListedImage, kind: 'grey' | 'palette', name: string): Promise<Mask> {
  if (image.mask === undefined) throw new RangeError(`${name}: ${image.name} has no mask.`);
  const bytes = await readFile(image.mask);
  return kind === 'grey' ? decodeMask(bytes, image.mask) : decodePaletteMask(bytes, image.mask);
}
