import { createHash, type Hash } from 'node:crypto';
import { mkdirSync, renameSync, rmSync, readdirSync } from 'node:fs';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { digest, writeFileAtomic } from '@fovea/files';

/** One image file to pack. */
export interface FileToPack {
  readonly name: string;
  readonly path: string;
  readonly label: number;
  readonly split: string;
}

/** Options of {@link packImages}. */
export interface PackOptions {
  readonly name: string;
  readonly classes: readonly string[];
  readonly licence: string;
  readonly citation: string;
  /** A shard is closed once it holds this many bytes; default: 256 MiB. */
  readonly shardBytes?: number;
}

/**
 * Packs image files, as they are, into tar shards with an index and a manifest of digests: a folder that `loadPacked` reads with one seek an image.
 *
 * The folder appears whole: everything is written beside it and renamed at the end.
 *
 * @param folder - must not exist yet, or be empty
 * @throws Error when the folder holds something, a file cannot be read, or a name does not fit (commas, line ends, over 100 bytes)
 */
export async function packImages(
  files: readonly FileToPack[],
  folder: string,
  options: PackOptions,
): Promise<void> {
  const { name, classes, licence, citation, shardBytes = 2 ** 28, ...unknown } = options;
  if (Object.keys(unknown).length > 0)
    throw new RangeError(`packImages: unknown option ${Object.keys(unknown).join()}.`);
  if (files.length === 0) throw new RangeError('packImages: files must not be empty.');
  const wrong = files.find(
    (file) => /[,\r\n]/.test(file.name + file.split) || Buffer.byteLength(file.name) > 100,
  );
  if (wrong !== undefined) {
    throw new RangeError(
      `packImages: name '${wrong.name}' must have no comma or line end and at most 100 bytes.`,
    );
  }
  mkdirSync(dirname(folder), { recursive: true });
  const temporary = `${folder}.${process.pid}.0.tmp`;
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary);
  const writer = new ShardWriter(temporary, shardBytes);
  try {
    const lines = ['split,shard,offset,length,label,name'];
    for (const file of files) {
      const bytes = await readFile(file.path);
      const { shard, offset } = await writer.add(file.split, file.name, bytes);
      lines.push([file.split, shard, offset, bytes.length, file.label, file.name].join());
    }
    const shards = await writer.close();
    const index = `${lines.join('\n')}\n`;
    writeFileAtomic(join(temporary, 'index.csv'), index);
    const listed = { file: 'index.csv', sha256: digest(index) };
    const manifest = { name, format: 'tar-of-images', classes, licence, citation, index: listed, shards };
    writeFileAtomic(join(temporary, 'manifest.json'), `${JSON.stringify(manifest, null, 1)}\n`);
    replace(temporary, folder);
  } catch (error) {
    await writer.abandon();
    rmSync(temporary, { recursive: true, force: true });
    throw error;
  }
}

function replace(temporary: string, folder: string): void {
  try {
    if (readdirSync(folder).length === 0) rmSync(folder, { recursive: true });
    else throw new Error(`packImages: ${folder} is not empty. Give a new folder.`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  renameSync(temporary, folder);
}

interface Shard {
  readonly file: string;
  readonly handle: FileHandle;
  readonly hash: Hash;
  bytes: number;
}

class ShardWriter {
  readonly #folder: string;
  readonly #limit: number;
  readonly #counts = new Map<string, number>();
  readonly #done: { file: string; bytes: number; sha256: string }[] = [];
  #open: Shard | undefined;
  #split = '';

  constructor(folder: string, limit: number) {
    this.#folder = folder;
    this.#limit = limit;
  }

  async add(split: string, name: string, bytes: Uint8Array): Promise<{ shard: string; offset: number }> {
    if (this.#open === undefined || this.#split !== split || this.#open.bytes >= this.#limit)
      await this.#next(split);
    const shard = this.#open;
    if (shard === undefined) throw new Error('packImages: no shard is open.');
    await write(shard, header(name, bytes.length));
    const offset = shard.bytes;
    await write(shard, bytes);
    await write(shard, new Uint8Array((512 - (bytes.length % 512)) % 512));
    return { shard: shard.file, offset };
  }

  async close(): Promise<readonly { file: string; bytes: number; sha256: string }[]> {
    const shard = this.#open;
    if (shard !== undefined) {
      await write(shard, new Uint8Array(1024));
      await shard.handle.sync();
      await shard.handle.close();
      this.#done.push({ file: shard.file, bytes: shard.bytes, sha256: shard.hash.digest('hex') });
      this.#open = undefined;
    }
    return this.#done;
  }

  async abandon(): Promise<void> {
    await this.#open?.handle.close();
    this.#open = undefined;
  }

  async #next(split: string): Promise<void> {
    await this.close();
    const count = this.#counts.get(split) ?? 0;
    this.#counts.set(split, count + 1);
    const file = `${split}-${String(count).padStart(2, '0')}.tar`;
    const handle = await open(join(this.#folder, file), 'w');
    this.#open = { file, handle, hash: createHash('sha256'), bytes: 0 };
    this.#split = split;
  }
}

async function write(shard: Shard, bytes: Uint8Array): Promise<void> {
  await shard.handle.writeFile(bytes);
  shard.hash.update(bytes);
  shard.bytes += bytes.length;
}

function header(name: string, size: number): Uint8Array {
  const block = Buffer.alloc(512);
  block.write(name, 0);
  block.write('0000644\0', 100);
  block.write('0000000\0', 108);
  block.write('0000000\0', 116);
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  block.write('00000000000\0', 136);
  block.write('        0', 148);
  block.write('ustar\u000000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}
