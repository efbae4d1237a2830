import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { digest } from '@fovea/files';
import { imageSet, type ImageSet } from '../image-set.ts';
import { CIFAR10_CLASSES } from './cifar10.ts';

/** Options of {@link loadCifarBinary}. */
export interface CifarBinaryOptions {
  readonly name: 'cifar10' | 'cifar100';
  readonly split: 'train' | 'test';
}

/**
 * CIFAR-10 or CIFAR-100 from the authors' binary archives, unpacked: `cifar-10-batches-bin` or `cifar-100-binary`.
 *
 * A record is one label byte (CIFAR-100: coarse, then fine) and 3 x 1024 bytes, one colour plane after another. CIFAR-100 labels are the fine ones.
 *
 * @throws Error that says what to download and where it must lie, or names a file that has another size than it must
 *
 * Source: A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009.
 */
export function loadCifarBinary(folder: string, options: CifarBinaryOptions): ImageSet {
  const { name, split, ...unknown } = options;
  if (Object.keys(unknown).length > 0)
    throw new RangeError(`loadCifarBinary: unknown option ${Object.keys(unknown).join()}.`);
  const layout = (LAYOUTS as Partial<typeof LAYOUTS>)[name];
  if (layout === undefined)
    throw new RangeError(`loadCifarBinary: name must be cifar10 or cifar100, got ${name as string}.`);
  const parts = layout[split].map(([file, count]) => {
    const path = join(folder, file);
    if (!existsSync(path)) {
      throw new Error(
        `loadCifarBinary: ${path} does not exist. Download ${layout.archive} from the CIFAR page, unpack it, and give the folder of the .bin files.`,
      );
    }
    const bytes = readFileSync(path);
    const wanted = count * (layout.labelBytes + PIXELS);
    if (bytes.length !== wanted) {
      throw new Error(
        `loadCifarBinary: ${path} has ${bytes.length} bytes, expected ${wanted} (${count} records). Download it again.`,
      );
    }
    return bytes;
  });
  const all = Buffer.concat(parts);
  const record = layout.labelBytes + PIXELS;
  const length = all.length / record;
  const images = new Uint8Array(length * PIXELS);
  const labels = new Int32Array(length);
  for (let row = 0; row < length; row++) {
    const start = row * record + layout.labelBytes;
    labels[row] = all[start - 1];
    for (let pixel = 0; pixel < 1024; pixel++) {
      for (let channel = 0; channel < 3; channel++) {
        images[row * PIXELS + pixel * 3 + channel] = all[start + channel * 1024 + pixel];
      }
    }
  }
  const classes = layout.classes(folder);
  return imageSet({
    name, split, height: 32, width: 32, channels: 3, classes, labels, images,
    digest: digest(all),
    licence: 'none stated by its authors; research use with citation',
    citation: 'A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009',
  }); // prettier-ignore
}

const PIXELS = 3072;

const LAYOUTS = {
  cifar10: {
    archive: 'cifar-10-binary.tar.gz',
    labelBytes: 1,
    train: [1, 2, 3, 4, 5].map((batch) => [`data_batch_${batch}.bin`, 10_000] as const),
    test: [['test_batch.bin', 10_000] as const],
    classes: () => CIFAR10_CLASSES,
  },
  cifar100: {
    archive: 'cifar-100-binary.tar.gz',
    labelBytes: 2,
    train: [['train.bin', 50_000] as const],
    test: [['test.bin', 10_000] as const],
    classes: (folder: string) => {
      const path = join(folder, 'fine_label_names.txt');
      if (!existsSync(path))
        throw new Error(`loadCifarBinary: ${path} does not exist. It is part of cifar-100-binary.tar.gz.`);
      return readFileSync(path, 'utf8').split(/\s+/).filter(Boolean);
    },
  },
};
