import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readMatFile, type MatValue } from './mat-file.ts';

/** One image of a transfer set. */
export interface TransferImage {
  /** Below the set's root. */
  readonly path: string;
  readonly label: number;
}

/** The published splits of a transfer set. */
export interface TransferLists {
  readonly classes: readonly string[];
  /** Train and, where the set has one, validation images after them. */
  readonly train: readonly TransferImage[];
  /** Rows of `train` that are the set's validation split, or null where it has none. */
  readonly validation: Int32Array | null;
  readonly test: readonly TransferImage[];
}

const LAYOUTS = { flowers, cars, aircraft, food } as const;

/**
 * The published train, validation and test images of a set that lies at `root` as its authors pack it (see `transferSets` for the files).
 *
 * @throws Error naming the file that is missing and where it must lie
 *
 * @example
 * const { train, validation, test } = transferList('flowers', 'data/flowers');
 */
export function transferList(set: keyof typeof LAYOUTS, root: string): TransferLists {
  if (!Object.hasOwn(LAYOUTS, set)) {
    throw new Error(`transferList: unknown set ${set}; known are ${Object.keys(LAYOUTS).join(', ')}.`);
  }
  return LAYOUTS[set](root);
}

function flowers(root: string): TransferLists {
  const labels = numbersOf(mat(root, 'imagelabels.mat').labels);
  const splits = mat(root, 'setid.mat');
  const images = (ids: MatValue): TransferImage[] =>
    numbersOf(ids).map((id) => ({
      path: `jpg/image_${String(id).padStart(5, '0')}.jpg`,
      label: labels[id - 1] - 1,
    }));
  const classes = Array.from({ length: 102 }, (_, at) => `flower ${at + 1}`);
  return withValidation(classes, images(splits.trnid), images(splits.valid), images(splits.tstid));
}

function cars(root: string): TransferLists {
  const images = (file: string, folder: string): TransferImage[] =>
    (mat(root, join('devkit', file)).annotations as Record<string, MatValue>[]).map((row) => ({
      path: `${folder}/${row.fname as string}`,
      label: numbersOf(row.class)[0] - 1,
    }));
  const names = mat(root, join('devkit', 'cars_meta.mat')).class_names as string[];
  const train = images('cars_train_annos.mat', 'cars_train');
  return {
    classes: names,
    train,
    validation: null,
    test: images('cars_test_annos_withlabels.mat', 'cars_test'),
  };
}

function aircraft(root: string): TransferLists {
  const classes = lines(root, 'data/variants.txt');
  const images = (split: string): TransferImage[] =>
    lines(root, `data/images_variant_${split}.txt`).map((line) => {
      const [id, variant] = [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)];
      return { path: `data/images/${id}.jpg`, label: labelOf(variant, classes, line) };
    });
  return withValidation(classes, images('train'), images('val'), images('test'));
}

function food(root: string): TransferLists {
  const classes = lines(root, 'meta/classes.txt');
  const images = (split: string): TransferImage[] =>
    lines(root, `meta/${split}.txt`).map((line) => ({
      path: `images/${line}.jpg`,
      label: labelOf(line.split('/')[0], classes, line),
    }));
  return { classes, train: images('train'), validation: null, test: images('test') };
}

function withValidation(
  classes: readonly string[],
  train: readonly TransferImage[],
  validation: readonly TransferImage[],
  test: readonly TransferImage[],
): TransferLists {
  const rows = Int32Array.from({ length: validation.length }, (_, at) => train.length + at);
  return { classes, train: [...train, ...validation], validation: rows, test };
}

function labelOf(name: string, classes: readonly string[], line: string): number {
  const label = classes.indexOf(name);
  if (label < 0) throw new Error(`transferList: '${line}' names no class; known are ${classes.length}.`);
  return label;
}

function numbersOf(value: MatValue): number[] {
  return value as number[];
}

function lines(root: string, file: string): string[] {
  return read(root, file)
    .toString('utf8')
    .split(/\r?\n/)
    .filter((line) => line !== '');
}

function mat(root: string, file: string): Record<string, MatValue> {
  return readMatFile(read(root, file), file);
}

function read(root: string, file: string): Buffer {
  const path = join(root, file);
  if (!existsSync(path)) {
    throw new Error(
      `transferList: ${path} does not exist; unpack the authors' archive so that it lies there.`,
    );
  }
  return readFileSync(path);
}
