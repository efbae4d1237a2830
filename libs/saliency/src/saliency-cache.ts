import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deflateSync, inflateSync } from 'node:zlib';
import { digest, digestJson, digestSources, writeFileAtomic } from '@fovea/files';
import type { EstimateSaliencyOptions, SaliencyEstimator } from './estimate-saliency.ts';
import { ESTIMATE_DEFAULTS } from './estimate-saliency.ts';
import { checkImage, type Image, type SaliencyMap } from './image.ts';
import type { MapMaker } from './map-maker.ts';
import { withDefaults } from './options.ts';

/** Maps on disk, by what determines them: the image's bytes, the estimator, its options and the code of this library. */
export interface SaliencyCache {
  /** Folder of this estimator, these options and this code. */
  readonly directory: string;
  /** Whether the map of an image is there. */
  has(image: Image): boolean;
  /** The map of an image, in steps of 1/255; undefined where it was not computed yet. */
  read(image: Image): SaliencyMap | undefined;
  /** Keeps the map of an image, whole or not at all. */
  write(image: Image, map: SaliencyMap): void;
}

/**
 * The cache of one estimator below a folder.
 *
 * A file holds width and height (two little-endian 32-bit words) and the deflated bytes round(255 v). Another image, option or version of
 * the code has another name, so nothing stale is ever read; a file that is cut short or damaged is refused by name.
 *
 * @param folder - such as `join(cacheDirectory(), 'saliency')`
 * @param estimator - an estimator's name, or what makes maps in another way
 * @param options - of an estimator by name
 */
export function saliencyCache(
  folder: string,
  estimator: SaliencyEstimator | Pick<MapMaker, 'name' | 'settings'>,
  options?: Partial<EstimateSaliencyOptions>,
): SaliencyCache {
  const settings =
    typeof estimator === 'string'
      ? withDefaults(options, ESTIMATE_DEFAULTS, 'saliencyCache')
      : estimator.settings;
  const maker = typeof estimator === 'string' ? estimator : estimator.name;
  if (!/^[\w-]+$/.test(maker)) {
    throw new Error(`saliencyCache: name must be made of letters, digits and hyphens, got "${maker}".`);
  }
  const name = digestJson({ estimator: maker, settings, code: codeDigest() });
  const directory = join(folder, `${maker}-${name.slice(0, 16)}`);
  const path = (image: Image): string => {
    checkImage(image, 'saliencyCache');
    const head = Buffer.from(`${image.width} ${image.height} ${image.channels} `);
    const id = digest(Buffer.concat([head, Uint8Array.from(image.data)]));
    return join(directory, id.slice(0, 2), `${id.slice(2, 34)}.map`);
  };
  return {
    directory,
    has: (image) => existsSync(path(image)),
    read: (image) => {
      const file = path(image);
      return existsSync(file) ? decode(readFileSync(file), file) : undefined;
    },
    write: (image, map) => writeFileAtomic(path(image), encode(map)),
  };
}

function encode({ data, width, height }: SaliencyMap): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(width, 0);
  head.writeUInt32LE(height, 4);
  const bytes = new Uint8Array(data.length);
  for (let p = 0; p < data.length; p++) bytes[p] = Math.round(255 * data[p]);
  return Buffer.concat([head, deflateSync(bytes)]);
}

function decode(file: Buffer, path: string): SaliencyMap {
  try {
    const width = file.readUInt32LE(0);
    const height = file.readUInt32LE(4);
    const bytes = inflateSync(file.subarray(8));
    if (bytes.length !== width * height) throw new Error(`${bytes.length} bytes for ${width} x ${height}`);
    const data = new Float32Array(bytes.length);
    for (let p = 0; p < data.length; p++) data[p] = bytes[p] / 255;
    return { data, width, height };
  } catch (error) {
    throw new Error(
      `saliencyCache: ${path} is damaged (${(error as Error).message}); delete it and compute it again.`,
      {
        cause: error,
      },
    );
  }
}

let code: string | undefined;

function codeDigest(): string {
  const folder = dirname(fileURLToPath(import.meta.url));
  return (code ??= digestSources([folder], folder));
}
