import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { digest } from '@fovea/files';
import { imageSet, type ImageSet } from '../image-set.ts';
import { readPickle, type PickleArray, type PickleValue } from '../pickle/read-pickle.ts';
import { CIFAR10_CLASSES } from './cifar10.ts';

/** Options of {@link loadCifarPython}. */
export interface CifarPythonOptions {
  readonly name: 'cifar10' | 'cifar100';
  readonly split: 'train' | 'test';
}

/**
 * CIFAR-10 or CIFAR-100 from the authors' Python archives, unpacked: `cifar-10-batches-py` or `cifar-100-python`. CIFAR-100 labels are the fine ones.
 *
 * @throws Error that says what to download and where it must lie, or names a file that does not hold what it must
 *
 * Source: A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009.
 */
export function loadCifarPython(folder: string, options: CifarPythonOptions): ImageSet {
  const { name, split, ...unknown } = options;
  if (Object.keys(unknown).length > 0)
    throw new RangeError(`loadCifarPython: unknown option ${Object.keys(unknown).join()}.`);
  if (name !== 'cifar10' && name !== 'cifar100') {
    throw new RangeError(`loadCifarPython: name must be cifar10 or cifar100, got ${name as string}.`);
  }
  const files = FILES[name][split];
  const digests: string[] = [];
  const batches = files.map((file) => {
    const path = join(folder, file);
    if (!existsSync(path)) {
      const archive = name === 'cifar10' ? 'cifar-10-python.tar.gz' : 'cifar-100-python.tar.gz';
      throw new Error(
        `loadCifarPython: ${path} does not exist. Download ${archive} from the CIFAR page, unpack it, and give its folder.`,
      );
    }
    const bytes = readFileSync(path);
    digests.push(digest(bytes));
    return readBatch(bytes, path, name === 'cifar10' ? 'labels' : 'fine_labels');
  });
  const length = batches.reduce((sum, batch) => sum + batch.labels.length, 0);
  const images = new Uint8Array(length * PIXELS);
  let row = 0;
  for (const { planes, labels } of batches) {
    for (let index = 0; index < labels.length; index++, row++) {
      for (let pixel = 0; pixel < 1024; pixel++) {
        for (let channel = 0; channel < 3; channel++) {
          images[row * PIXELS + pixel * 3 + channel] = planes[index * PIXELS + channel * 1024 + pixel];
        }
      }
    }
  }
  return imageSet({
    name, split, height: 32, width: 32, channels: 3, images,
    classes: name === 'cifar10' ? CIFAR10_CLASSES : fineNames(folder),
    labels: Int32Array.from(batches.flatMap(({ labels }) => labels)),
    digest: digest(digests.join()),
    licence: 'none stated by its authors; research use with citation',
    citation: 'A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009',
  }); // prettier-ignore
}

const PIXELS = 3072;

const FILES = {
  cifar10: { train: [1, 2, 3, 4, 5].map((batch) => `data_batch_${batch}`), test: ['test_batch'] },
  cifar100: { train: ['train'], test: ['test'] },
};

function readBatch(bytes: Uint8Array, path: string, key: string): { planes: Uint8Array; labels: number[] } {
  const found = dictionary(bytes, path);
  const data = found.get('data') as PickleArray | undefined;
  const labels = found.get(key) as number[] | undefined;
  if (data === undefined || labels === undefined || data.data.length !== labels.length * PIXELS) {
    throw new Error(
      `loadCifarPython: ${path} must hold 'data' [N, 3072] and ${key} [N], got ${JSON.stringify([...found.keys()])}.`,
    );
  }
  return { planes: data.data, labels };
}

function dictionary(bytes: Uint8Array, path: string): Map<PickleValue, PickleValue> {
  try {
    const value = readPickle(bytes);
    if (value instanceof Map) return value;
  } catch (error) {
    throw new Error(`loadCifarPython: ${path} is damaged: ${(error as Error).message}`, { cause: error });
  }
  throw new Error(`loadCifarPython: ${path} holds no dictionary.`);
}

function fineNames(folder: string): string[] {
  const path = join(folder, 'meta');
  if (!existsSync(path))
    throw new Error(`loadCifarPython: ${path} does not exist. It is part of cifar-100-python.tar.gz.`);
  return dictionary(readFileSync(path), path).get('fine_label_names') as string[];
}
