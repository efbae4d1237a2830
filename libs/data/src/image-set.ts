import { digestJson } from '@fovea/files';

/** One decoded image: `data` holds height x width x channels bytes, row by row, RGB. */
export interface Image {
  readonly data: Uint8Array; // [H, W, C]
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** Which part of a data set an image set is. */
export type Split = 'train' | 'test' | 'unlabelled';

/** Images of one size in memory, with labels and where they come from. */
export interface ImageSet {
  readonly name: string;
  readonly split: Split;
  readonly length: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** Class names; a label is an index into them. */
  readonly classes: readonly string[];
  readonly labels: Int32Array; // [N], -1 where unlabelled
  readonly images: Uint8Array; // [N, H, W, C]
  /** SHA-256 that names these images and labels in this order. */
  readonly digest: string;
  readonly licence: string;
  readonly citation: string;
  /** The image at an index: a view of `images`, no copy. */
  image(index: number): Image;
  /** A new set of the images at these indices, in this order; the bytes are copied. */
  subset(indices: ArrayLike<number>): ImageSet;
}

/** What an image set is made of: everything in {@link ImageSet} that is not derived. */
export type ImageSetFields = Omit<ImageSet, 'length' | 'image' | 'subset'>;

/**
 * An image set over arrays that the caller owns.
 *
 * @throws RangeError when images, labels and sizes do not agree, or a label is no class
 *
 * @example
 * const set = imageSet({ ...fields, height: 32, width: 32, channels: 3, images, labels });
 */
export function imageSet(fields: ImageSetFields): ImageSet {
  const { height, width, channels, labels, classes, name } = fields;
  const images = plainBytes(fields.images);
  const size = height * width * channels;
  const length = labels.length;
  if (!(Number.isInteger(size) && size > 0)) {
    throw new RangeError(
      `imageSet: ${name} needs positive whole sizes, got ${height} x ${width} x ${channels}.`,
    );
  }
  if (images.length !== length * size) {
    throw new RangeError(
      `imageSet: ${name} has ${length} labels, so images must hold ${length * size} bytes ` +
        `(${length} x ${height} x ${width} x ${channels}), got ${images.length}.`,
    );
  }
  const wrong = labels.findIndex((label) => label < -1 || label >= classes.length);
  if (wrong >= 0) {
    throw new RangeError(
      `imageSet: ${name} has ${classes.length} classes, but label ${labels[wrong]} at ${wrong}.`,
    );
  }
  const at = (index: number): number => {
    if (!Number.isInteger(index) || index < 0 || index >= length) {
      throw new RangeError(`${name}: index must be an integer in [0, ${length}), got ${index}.`);
    }
    return index * size;
  };
  return {
    ...fields,
    images,
    length,
    image(index) {
      const start = at(index);
      return { data: images.subarray(start, start + size), height, width, channels };
    },
    subset(indices) {
      const picked = new Uint8Array(indices.length * size);
      const pickedLabels = new Int32Array(indices.length);
      for (let row = 0; row < indices.length; row++) {
        const start = at(indices[row]);
        picked.set(images.subarray(start, start + size), row * size);
        pickedLabels[row] = labels[indices[row]];
      }
      const digest = digestJson({ of: fields.digest, indices: Array.from(indices) });
      return imageSet({ ...fields, images: picked, labels: pickedLabels, digest });
    },
  };
}

/** The same bytes as a plain Uint8Array: a Buffer's own `slice` shares memory where a Uint8Array's copies. */
export function plainBytes(bytes: Uint8Array): Uint8Array {
  return Buffer.isBuffer(bytes) ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length) : bytes;
}
