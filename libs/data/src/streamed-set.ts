import type { Image, Split } from './image-set.ts';

/** A single-channel map of an image's size: 0 … 255. */
export interface Mask {
  readonly data: Uint8Array; // [H, W]
  readonly height: number;
  readonly width: number;
}

/** One annotated object. */
export interface ObjectBox {
  /** [x0, y0, x1, y1] in pixels, x1 and y1 exclusive. */
  readonly box: readonly [x0: number, y0: number, x1: number, y1: number];
  /** Index into the classes of the set. */
  readonly label: number;
  /** The object's number in the image's instance mask, or 0 where it has none. */
  readonly instance: number;
  /** A group drawn with one rough outline (COCO's `iscrowd`), or an object marked difficult (VOC): not counted in evaluation. */
  readonly ignore: boolean;
}

/** Images that are decoded when asked for: any size, more than memory holds. */
export interface StreamedSet {
  readonly name: string;
  readonly split: Split;
  readonly length: number;
  readonly classes: readonly string[];
  readonly labels: Int32Array; // [N], -1 where an image has no single label
  /** What each image is called in messages and reports. */
  readonly names: readonly string[];
  /** SHA-256 that names this list of images and labels; not of every pixel (`verify` reads those). */
  readonly digest: string;
  readonly licence: string;
  readonly citation: string;
  /** Decodes one image. */
  image(index: number): Promise<Image>;
  /** The mask of one image, where the set has masks: salient region (255) or instance numbers. */
  readonly mask: ((index: number) => Promise<Mask>) | null;
  /** The objects of one image, where the set has boxes. */
  readonly objects: ((index: number) => readonly ObjectBox[]) | null;
}

/** @throws RangeError when an index is not one of the set's */
export function checkIndex(index: number, set: { readonly name: string; readonly length: number }): void {
  if (!Number.isInteger(index) || index < 0 || index >= set.length) {
    throw new RangeError(`${set.name}: index must be an integer in [0, ${set.length}), got ${index}.`);
  }
}
