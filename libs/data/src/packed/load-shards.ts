import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { digest } from '@fovea/files';
import { decodeRgb } from '../decode-rgb.ts';
import type { Image, Split } from '../image-set.ts';
import { checkIndex, type StreamedSet } from '../streamed-set.ts';
import { OpenFiles } from './open-files.ts';
import { decodeIndex, type ShardIndex } from './shard-index.ts';
import { checkSize, readListed, readShardManifest } from './shard-manifest.ts';

/** Options of {@link loadShards}. */
export interface ShardOptions {
  /** Only records that were packed under this split; default: all. */
  readonly part?: string;
  /** What the selection is to the caller. */
  readonly split: Split;
}

/** Images that lie as RGB bytes in files: what `openViewSource` reads in its threads without decoding. */
export interface StoredImages {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** Image i of the set lies in the first file whose running count exceeds it, from byte (place in the file) x height x width x channels on. */
  readonly files: readonly { readonly path: string; readonly count: number }[];
  /** CRC-32 of every image. */
  readonly checksums: Uint32Array;
  readonly names: readonly string[];
}

/** A set of shards: image i is one positioned read. */
export interface ShardedSet extends StreamedSet {
  /** Pixels of every image before it is decoded: [height, width]. */
  size(index: number): readonly [height: number, width: number];
  /** The bytes of one record, checked: the source file's, or pixels. */
  bytes(index: number): Promise<Uint8Array>;
  /** Where images of one size lie as pixels; null where records are encoded. */
  readonly stored: StoredImages | null;
  /** Pixels of some images one after another, read on this thread into memory that the caller owns; sets of pixels only. */
  batch(indices: ArrayLike<number>, out?: Uint8Array): Uint8Array; // [B, H, W, 3]
  /** Closes the files; the next read opens them again. */
  close(): void;
}

/**
 * A set that `packShards` wrote: `manifest.json`, `index.bin` (32 bytes a record), `names.txt` and shards.
 *
 * Node has no memory map: image i is one positioned read at the offset of the index, from a file that stays open. Other programs can map the same files; shards
 * of pixels are plain arrays [n, H, W, 3] without a header. Sizes of all files and the digests of index and names are checked when the set is opened, the CRC-32
 * of a record when it is read; `verifyPacked` checks everything.
 *
 * @throws Error naming the file that is missing, damaged or of another size, and what was expected
 * @throws RangeError for a part that the set has not
 *
 * @example
 * const train = loadShards('packed/imagenet', { part: 'train', split: 'train' });
 * const { data, height, width } = await train.image(0);
 */
export function loadShards(folder: string, options: ShardOptions): ShardedSet {
  const { part, split, ...unknown } = options;
  if (Object.keys(unknown).length > 0)
    throw new RangeError(`loadShards: unknown option ${Object.keys(unknown).join()}.`);
  const manifest = readShardManifest(folder, 'loadShards');
  const { name, pixels } = manifest;
  const [from, to] = partOf(manifest.shards, part, name);
  for (const shard of manifest.shards)
    if (part === undefined || shard.split === part) checkSize(folder, shard, 'loadShards');
  const index = decodeIndex(readListed(folder, manifest.index, 'loadShards'), from, to);
  const names = Buffer.from(readListed(folder, manifest.names, 'loadShards'))
    .toString()
    .split('\n')
    .slice(from, to);
  const length = to - from;
  const open = new OpenFiles();
  const path = (record: number): string => join(folder, manifest.shards[index.shards[record]].file);
  const title = (record: number): string => `${name} ${names[record]} (record ${from + record})`;
  const check = (record: number, bytes: Uint8Array): Uint8Array => {
    if (crc32(bytes) !== index.checksums[record]) throw new Error(damage(path(record), index, record));
    return bytes;
  };
  const named = (record: number, error: unknown): Error =>
    new Error(`loadShards: ${title(record)}: ${(error as Error).message}`, { cause: error });
  const bytes = async (record: number): Promise<Uint8Array> => {
    checkIndex(record, { name, length });
    try {
      return check(record, await open.read(path(record), index.offsets[record], index.lengths[record]));
    } catch (error) {
      throw named(record, error);
    }
  };
  return {
    name,
    split,
    length,
    classes: manifest.classes,
    labels: index.labels,
    names,
    digest: digest(
      JSON.stringify([manifest.sourceDigest, manifest.index.sha256, part ?? null, manifest.pixels]),
    ),
    licence: manifest.licence,
    citation: manifest.citation,
    async image(record): Promise<Image> {
      const data = await bytes(record);
      if (pixels !== null) return { data, ...pixels };
      return decodeRgb(data, {
        name: title(record),
        height: index.heights[record],
        width: index.widths[record],
      });
    },
    mask: null,
    objects: null,
    size(record) {
      checkIndex(record, { name, length });
      return [index.heights[record], index.widths[record]];
    },
    bytes,
    stored:
      pixels === null
        ? null
        : {
            ...pixels,
            files: manifest.shards
              .filter((shard) => part === undefined || shard.split === part)
              .map(({ file, count }) => ({ path: join(folder, file), count })),
            checksums: index.checksums,
            names,
          },
    batch(indices, out) {
      if (pixels === null)
        throw new RangeError(`${name}: batch needs a set of pixels; this one holds encoded files.`);
      const size = pixels.height * pixels.width * 3;
      const all = out ?? new Uint8Array(indices.length * size);
      if (all.length !== indices.length * size)
        throw new RangeError(`${name}: out must hold ${indices.length * size} bytes, got ${all.length}.`);
      for (let row = 0; row < indices.length; row++) {
        checkIndex(indices[row], { name, length });
        const into = all.subarray(row * size, (row + 1) * size);
        try {
          open.readInto(path(indices[row]), index.offsets[indices[row]], into);
          check(indices[row], into);
        } catch (error) {
          throw named(indices[row], error);
        }
      }
      return all;
    },
    close: () => {
      open.close();
    },
  };
}

/** The records of a part: shards of one split lie together. */
function partOf(
  shards: readonly { readonly split: string; readonly count: number }[],
  part: string | undefined,
  name: string,
): readonly [from: number, to: number] {
  const total = shards.reduce((sum, { count }) => sum + count, 0);
  if (part === undefined) return [0, total];
  const first = shards.findIndex(({ split }) => split === part);
  if (first < 0) {
    const known = [...new Set(shards.map(({ split }) => split))].join(', ');
    throw new RangeError(`loadShards: ${name} has no part '${part}'; it has ${known}.`);
  }
  const sum = (some: typeof shards): number => some.reduce((count, shard) => count + shard.count, 0);
  const from = sum(shards.slice(0, first));
  return [from, from + sum(shards.filter(({ split }) => split === part))];
}

function damage(path: string, index: ShardIndex, record: number): string {
  const [from, length] = [index.offsets[record], index.lengths[record]];
  return `damaged: bytes ${from} to ${from + length} of ${path} have another CRC-32 than the index says.`;
}
