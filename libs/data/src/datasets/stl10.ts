import { existsSync, openSync, readSync, closeSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { digest, digestJson } from '@fovea/files';
import { imageSet, type ImageSet, type Split } from '../image-set.ts';

/**
 * STL-10 from the authors' binary archive, unpacked (`stl10_binary`): 5,000 training, 8,000 test and 100,000 unlabelled images of 96 x 96 pixels.
 *
 * Files store colour planes column by column; labels 1 … 10 become 0 … 9.
 *
 * @param limit - only the first so many images; the unlabelled part takes 2.8 GB in memory
 * @throws Error that says what to download and where it must lie, or names a file that has another size than it must
 *
 * Source: Coates, Lee, Ng, "An analysis of single-layer networks in unsupervised feature learning" (AISTATS 2011).
 */
export function loadStl10(folder: string, split: Split, limit?: number): ImageSet {
  const part = PARTS[split];
  const path = join(folder, part.file);
  if (!existsSync(path)) {
    throw new Error(
      `loadStl10: ${path} does not exist. Download stl10_binary.tar.gz from the STL-10 page, unpack it, and give its folder.`,
    );
  }
  const { size } = statSync(path);
  if (size !== part.count * PIXELS) {
    throw new Error(
      `loadStl10: ${path} has ${size} bytes, expected ${part.count * PIXELS} (${part.count} images). Download it again.`,
    );
  }
  const count = limit ?? part.count;
  if (!(Number.isInteger(count) && count >= 1 && count <= part.count)) {
    throw new RangeError(
      `loadStl10: limit must be an integer in [1, ${part.count}] for ${split}, got ${count}.`,
    );
  }
  const images = new Uint8Array(count * PIXELS);
  const record = new Uint8Array(PIXELS);
  const file = openSync(path, 'r');
  try {
    for (let row = 0; row < count; row++) {
      readSync(file, record, 0, PIXELS, row * PIXELS);
      transpose(record, images.subarray(row * PIXELS, (row + 1) * PIXELS));
    }
  } finally {
    closeSync(file);
  }
  const labels = new Int32Array(count).fill(-1);
  if (part.labels !== null) {
    const bytes = readFileSync(join(folder, part.labels));
    if (bytes.length !== part.count)
      throw new Error(`loadStl10: ${part.labels} has ${bytes.length} bytes, expected ${part.count}.`);
    for (let row = 0; row < count; row++) labels[row] = bytes[row] - 1;
  }
  return imageSet({
    name: 'stl10', split, height: 96, width: 96, channels: 3, images, labels,
    classes: ['airplane', 'bird', 'car', 'cat', 'deer', 'dog', 'horse', 'monkey', 'ship', 'truck'],
    digest: digestJson({ images: digest(images), labels: digest(labels) }),
    licence: 'photographs from ImageNet: non-commercial research',
    citation: 'Coates, Lee, Ng, "An analysis of single-layer networks in unsupervised feature learning", AISTATS 2011',
  }); // prettier-ignore
}

const PIXELS = 96 * 96 * 3;

const PARTS: Record<Split, { file: string; count: number; labels: string | null }> = {
  train: { file: 'train_X.bin', count: 5000, labels: 'train_y.bin' },
  test: { file: 'test_X.bin', count: 8000, labels: 'test_y.bin' },
  unlabelled: { file: 'unlabeled_X.bin', count: 100_000, labels: null },
};

function transpose(record: Uint8Array, image: Uint8Array): void {
  for (let channel = 0; channel < 3; channel++) {
    for (let x = 0; x < 96; x++) {
      for (let y = 0; y < 96; y++) image[(y * 96 + x) * 3 + channel] = record[channel * 9216 + x * 96 + y];
    }
  }
}
