import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { digest } from '@fovea/files';
import { ENTRY } from './shard-index.ts';

/** Value of `format` in the manifest of a sharded set. */
export const SHARDS_FORMAT = 'fovea-shards';

/** Version of the format that this library writes, and the only one that it reads. */
export const SHARDS_VERSION = 1;

/** A file of a sharded set and what it must hold. */
export interface ShardedFile {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** `manifest.json` of a sharded set. */
export interface ShardManifest {
  readonly name: string;
  readonly format: typeof SHARDS_FORMAT;
  readonly version: number;
  /** `encoded`: the bytes of the source files; `pixels`: RGB bytes, every image of one size. */
  readonly records: 'encoded' | 'pixels';
  /** Size of every image where records are pixels, else null. */
  readonly pixels: { readonly height: number; readonly width: number; readonly channels: 3 } | null;
  readonly count: number;
  readonly classes: readonly string[];
  readonly licence: string;
  readonly citation: string;
  /** SHA-256 over name, label, split and SHA-256 of every source file in order. */
  readonly sourceDigest: string;
  /** Source files that were left out because they cannot be decoded. */
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
  readonly index: ShardedFile;
  readonly names: ShardedFile;
  /** Records of one split lie together, in the order of this list. */
  readonly shards: readonly (ShardedFile & { readonly split: string; readonly count: number })[];
}

/** Whether a folder holds a sharded set, by its manifest. */
export function isSharded(folder: string): boolean {
  const path = join(folder, 'manifest.json');
  return (
    existsSync(path) &&
    (JSON.parse(readFileSync(path, 'utf8')) as { format?: string }).format === SHARDS_FORMAT
  );
}

/**
 * The manifest of a sharded set.
 *
 * @throws Error naming the file that is missing, of another version, or contradicts itself
 */
export function readShardManifest(folder: string, caller: string): ShardManifest {
  const path = join(folder, 'manifest.json');
  if (!existsSync(path))
    throw new Error(
      `${caller}: ${path} does not exist. A sharded set is manifest.json, index.bin, names.txt and shards.`,
    );
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as ShardManifest;
  if ((manifest.format as string) !== SHARDS_FORMAT || manifest.version !== SHARDS_VERSION) {
    throw new Error(
      `${caller}: ${path} has format ${manifest.format} ${manifest.version}, expected ${SHARDS_FORMAT} ${SHARDS_VERSION}.`,
    );
  }
  const listed = manifest.shards.reduce((sum, { count }) => sum + count, 0);
  if (listed !== manifest.count || manifest.index.bytes !== manifest.count * ENTRY) {
    throw new Error(
      `${caller}: ${path} speaks of ${manifest.count} records, its shards of ${listed}, its index of ${manifest.index.bytes / ENTRY}.`,
    );
  }
  return manifest;
}

/**
 * A small file of the set, checked against its digest.
 *
 * @throws Error naming the file and what was expected
 */
export function readListed(folder: string, { file, bytes, sha256 }: ShardedFile, caller: string): Uint8Array {
  checkSize(folder, { file, bytes, sha256 }, caller);
  const data = readFileSync(join(folder, file));
  if (digest(data) !== sha256)
    throw new Error(`${caller}: ${join(folder, file)} has other content than its SHA-256 says.`);
  return data;
}

/** @throws Error naming the file when it is missing or has another size than the manifest says */
export function checkSize(folder: string, { file, bytes }: ShardedFile, caller: string): void {
  const found = statSync(join(folder, file), { throwIfNoEntry: false });
  if (found === undefined)
    throw new Error(`${caller}: ${join(folder, file)} is in the manifest but does not exist.`);
  if (found.size !== bytes)
    throw new Error(`${caller}: ${join(folder, file)} has ${found.size} bytes, expected ${bytes}.`);
}
