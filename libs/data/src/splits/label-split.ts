import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { SPLIT_SEEDS } from './draw-splits.ts';

/**
 * Indices of the training images whose labels a semi-supervised run may see: a committed, class-balanced list, never drawn at run time.
 *
 * No index lies in {@link validationSplit}; the 1 % list of a seed lies inside its 10 % list.
 *
 * @param name - data set: cifar10, imagenette96 or caltech101-96
 * @param percent - 1 or 10
 * @param seed - 0 … 4
 * @throws RangeError for a list that does not exist, with those that do
 *
 * @example
 * const labelled = train.subset(labelSplit('cifar10', 1, 0)); // 500 images, 50 a class
 */
export function labelSplit(name: string, percent: 1 | 10, seed: number): Int32Array {
  return read(name, `${percent}-percent-seed${seed}.txt`, 'labelSplit');
}

/**
 * Indices of the training images that are held out, a tenth of every class: whatever a protocol chooses (learning rate, epoch, k) it chooses on these, so that
 * the test split is never used to select.
 *
 * @throws RangeError for a data set without a list
 */
export function validationSplit(name: string): Int32Array {
  return read(name, 'validation.txt', 'validationSplit');
}

function read(name: string, file: string, caller: string): Int32Array {
  const url = new URL(`../../splits/${name}/${file}`, import.meta.url);
  if (!/^[a-z0-9-]+$/.test(name) || !existsSync(url)) {
    const sets = readdirSync(fileURLToPath(new URL('../../splits', import.meta.url)));
    throw new RangeError(
      `${caller}: there is no list ${name}/${file}; data sets: ${sets.join()}; percent 1, 10; seeds ${SPLIT_SEEDS.join()}.`,
    );
  }
  return Int32Array.from(readFileSync(url, 'utf8').trim().split('\n'), Number);
}
