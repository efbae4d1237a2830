import { createHash, type Hash } from 'node:crypto';
import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { digest, writeFileAtomic } from '@fovea/files';
import { progress } from '../cache/progress.ts';
import { removeStale } from '../cache/remove-stale.ts';
import type { FileToPack } from './pack-images.ts';
import { type MadeRecord, makeRecord } from './make-record.ts';
import { emptyIndex, encodeIndex } from './shard-index.ts';
import { SHARDS_FORMAT, SHARDS_VERSION, type ShardManifest } from './shard-manifest.ts';

/** Options of {@link packShards}. */
export interface PackShardsOptions {
  readonly name: string;
  readonly classes: readonly string[];
  readonly licence: string;
  readonly citation: string;
  /**
   * Keep decoded pixels of this size, so that training decodes nothing: the image is resized to cover it and its centre is cut out. Default: the bytes of the
   * source files as they are.
   */
  readonly pixels?: { readonly height: number; readonly width: number };
  /** A shard is closed once it holds this many bytes; default: 256 MiB. */
  readonly shardBytes?: number;
  /** Leave out files that cannot be decoded, count and report them; default: the first one throws. */
  readonly skipCorrupt?: boolean;
}

/** Records of encoded files begin at multiples of this, so that a mapped file can be read by words. */
const ALIGNMENT = 64;

/**
 * Packs image files into shards with an index of fixed-size entries, a manifest and digests: a folder that `loadShards` reads with one positioned read an image.
 *
 * Shards hold the files' bytes, each record at a multiple of 64, or pixels [n, H, W, 3] without header or gaps. The folder appears whole: everything is written
 * beside it, flushed, and renamed at the end; what a killed run left beside it is removed by the next one, which starts anew. Files are decoded several at a time
 * (the header only, where bytes are kept).
 *
 * @param folder - must not exist yet, or be empty
 * @returns the manifest as it was written
 * @throws Error when the folder holds something, or naming the file that cannot be read or decoded; more than a tenth skipped is an error as well
 * @throws RangeError for an empty list, a label that is no class, a name with a line end, or options out of range
 *
 * @example
 * await packShards(files, 'packed/pets', { name: 'pets', classes, licence, citation, pixels: { height: 224, width: 224 } });
 */
export async function packShards(
  files: readonly FileToPack[],
  folder: string,
  options: PackShardsOptions,
): Promise<ShardManifest> {
  checkOptions(files, options);
  const { name, classes, licence, citation, skipCorrupt = false } = options;
  const pixels = options.pixels === undefined ? null : { ...options.pixels, channels: 3 as const };
  mkdirSync(dirname(folder), { recursive: true });
  refuseFull(folder);
  removeStale(dirname(folder), `${basename(folder)}.`);
  const temporary = `${folder}.${process.pid}.0.tmp`;
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary);
  const writer = new ShardWriter(temporary, options.shardBytes ?? 2 ** 28, pixels === null ? ALIGNMENT : 1);
  try {
    const ordered = bySplit(files);
    const index = emptyIndex(ordered.length);
    const names: string[] = [];
    const skipped: { name: string; reason: string }[] = [];
    const source = createHash('sha256');
    for await (const [file, made] of inOrder(ordered, (file) => makeRecord(file, pixels))) {
      if ('error' in made) {
        if (!skipCorrupt) throw made.error;
        skipped.push({ name: file.name, reason: made.error.message });
        continue;
      }
      const record = names.push(file.name) - 1;
      const { shard, offset } = await writer.add(file.split, made.bytes);
      index.offsets[record] = offset;
      index.lengths[record] = made.bytes.length;
      index.shards[record] = shard;
      index.checksums[record] = crc32(made.bytes);
      index.labels[record] = file.label;
      index.heights[record] = made.height;
      index.widths[record] = made.width;
      source.update(JSON.stringify([file.name, file.label, file.split, made.source]));
    }
    if (skipped.length > 0) progress(`${name}: skipped ${skipped.length} of ${files.length} files: ${skipped[0].reason}`);
    if (skipped.length > files.length / 10)
      throw new Error(`packShards: ${skipped.length} of ${files.length} files are corrupt, first: ${skipped[0].reason}`);
    const shards = await writer.close();
    const write = (file: string, bytes: Uint8Array) => {
      writeFileAtomic(join(temporary, file), bytes);
      return { file, bytes: bytes.length, sha256: digest(bytes) };
    };
    const manifest: ShardManifest = {
      name, format: SHARDS_FORMAT, version: SHARDS_VERSION, records: pixels === null ? 'encoded' : 'pixels', pixels, count: names.length,
      classes, licence, citation, sourceDigest: source.digest('hex'), skipped,
      index: write('index.bin', encodeIndex(index).subarray(0, names.length * 32)),
      names: write('names.txt', Buffer.from(names.join('\n'))),
      shards,
    };
    writeFileAtomic(join(temporary, 'manifest.json'), `${JSON.stringify(manifest, null, 1)}\n`);
    refuseFull(folder);
    rmSync(folder, { recursive: true, force: true });
    renameSync(temporary, folder);
    return manifest;
  } catch (error) {
    await writer.abandon();
    rmSync(temporary, { recursive: true, force: true });
    throw error;
  }
} // prettier-ignore

function checkOptions(files: readonly FileToPack[], options: PackShardsOptions): void {
  const known = ['name', 'classes', 'licence', 'citation', 'pixels', 'shardBytes', 'skipCorrupt'];
  const unknown = Object.keys(options).filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new RangeError(`packShards: unknown option ${unknown.join()}.`);
  if (files.length === 0) throw new RangeError('packShards: files must not be empty.');
  const { pixels, shardBytes = 1, classes } = options;
  if (!(shardBytes > 0)) throw new RangeError(`packShards: shardBytes must be > 0, got ${shardBytes}.`);
  if (pixels !== undefined && ![pixels.height, pixels.width].every((size) => Number.isInteger(size) && size > 0))
    throw new RangeError(`packShards: pixels must be a positive whole size, got ${pixels.height} x ${pixels.width}.`);
  for (const { name, label, split } of files) {
    if (/[\r\n]/.test(name)) throw new RangeError(`packShards: name ${JSON.stringify(name)} must have no line end.`);
    if (!/^[\w.-]+$/.test(split)) throw new RangeError(`packShards: split '${split}' of ${name} must be letters, digits, '.', '_' or '-'.`);
    if (!(Number.isInteger(label) && label >= -1 && label < classes.length))
      throw new RangeError(`packShards: ${name} has label ${label}, but there are ${classes.length} classes.`);
  }
} // prettier-ignore

/** @throws Error when a folder holds something */
function refuseFull(folder: string): void {
  try {
    if (readdirSync(folder).length > 0)
      throw new Error(`packShards: ${folder} is not empty. Give a new folder.`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** Files of one split together, splits and files in the order in which they come. */
function bySplit(files: readonly FileToPack[]): FileToPack[] {
  const splits = new Map<string, FileToPack[]>();
  for (const file of files) {
    const list = splits.get(file.split);
    if (list === undefined) splits.set(file.split, [file]);
    else list.push(file);
  }
  return [...splits.values()].flat();
}

/** Results in the order of the files while several are made at a time; a failure is a result. */
async function* inOrder(
  files: readonly FileToPack[],
  make: (file: FileToPack) => Promise<MadeRecord>,
): AsyncGenerator<readonly [FileToPack, MadeRecord | { readonly error: Error }]> {
  const width = availableParallelism() + 2;
  const started: Promise<MadeRecord | { error: Error }>[] = [];
  for (let next = 0, done = 0; done < files.length; done++) {
    for (; next < files.length && next < done + width; next++)
      started.push(make(files[next]).catch((error: unknown) => ({ error: error as Error })));
    yield [files[done], await (started.shift() as (typeof started)[number])];
  }
}

interface OpenShard {
  readonly file: string;
  readonly split: string;
  readonly handle: FileHandle;
  readonly hash: Hash;
  bytes: number;
  count: number;
}

class ShardWriter {
  readonly #folder: string;
  readonly #limit: number;
  readonly #alignment: number;
  readonly #counts = new Map<string, number>();
  readonly #done: ShardManifest['shards'][number][] = [];
  #open: OpenShard | undefined;

  constructor(folder: string, limit: number, alignment: number) {
    this.#folder = folder;
    this.#limit = limit;
    this.#alignment = alignment;
  }

  async add(split: string, bytes: Uint8Array): Promise<{ shard: number; offset: number }> {
    let shard = this.#open;
    if (shard === undefined || shard.split !== split || shard.bytes >= this.#limit)
      shard = await this.#next(split);
    const gap = (this.#alignment - (shard.bytes % this.#alignment)) % this.#alignment;
    if (gap > 0) await append(shard, new Uint8Array(gap));
    const offset = shard.bytes;
    await append(shard, bytes);
    shard.count++;
    return { shard: this.#done.length, offset };
  }

  async close(): Promise<ShardManifest['shards']> {
    const shard = this.#open;
    if (shard !== undefined) {
      const { file, split, count, bytes, handle, hash } = shard;
      await handle.sync();
      await handle.close();
      this.#open = undefined;
      this.#done.push({ file, split, count, bytes, sha256: hash.digest('hex') });
    }
    return this.#done;
  }

  async abandon(): Promise<void> {
    await this.#open?.handle.close();
    this.#open = undefined;
  }

  async #next(split: string): Promise<OpenShard> {
    await this.close();
    const place = this.#counts.get(split) ?? 0;
    this.#counts.set(split, place + 1);
    const file = `${split}-${String(place).padStart(4, '0')}.bin`;
    const handle = await open(join(this.#folder, file), 'w');
    this.#open = { file, split, handle, hash: createHash('sha256'), bytes: 0, count: 0 };
    return this.#open;
  }
}

async function append(shard: OpenShard, bytes: Uint8Array): Promise<void> {
  await shard.handle.writeFile(bytes);
  shard.hash.update(bytes);
  shard.bytes += bytes.length;
}
