import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { digest, writeFileAtomic } from '@fovea/files';
import { progress } from './progress.ts';
import { removeStale } from './remove-stale.ts';

/** A file of the cache whose content is known beforehand. */
export interface CheckedFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * The contents of files in a cache folder, each checked against its size and digest; missing and damaged ones are made again.
 *
 * @param wanted - the files to return, in this order
 * @param all - the files that are made together once one is missing
 * @param make - yields the contents of the files it is given
 * @throws Error when what was made is not what the digest says, or cannot be written
 */
export async function checkedFiles<File extends CheckedFile>(
  folder: string,
  wanted: readonly File[],
  all: readonly File[],
  make: (missing: readonly File[]) => AsyncIterable<readonly [File, Uint8Array]>,
): Promise<Uint8Array[]> {
  const found = new Map<File, Uint8Array>();
  for (const file of wanted) {
    const bytes = readChecked(folder, file);
    if (bytes !== undefined) found.set(file, bytes);
  }
  if (found.size < wanted.length) {
    mkdirSync(folder, { recursive: true });
    removeStale(folder);
    const missing = all.filter((file) => !found.has(file) && readChecked(folder, file) === undefined);
    for await (const [file, bytes] of make(missing)) {
      if (bytes.length !== file.bytes || digest(bytes) !== file.sha256) {
        throw new Error(
          `checkedFiles: what was made for ${file.name} is wrong: ${bytes.length} bytes with SHA-256 ${digest(bytes)}, ` +
            `expected ${file.bytes} with ${file.sha256}. Was another version of a decoder installed? Run npm ci.`,
        );
      }
      writeFileAtomic(join(folder, file.name), bytes);
      if (wanted.includes(file)) found.set(file, bytes);
    }
  }
  return wanted.map((file) => {
    const bytes = found.get(file);
    if (bytes === undefined) throw new Error(`checkedFiles: ${file.name} was not made in ${folder}.`);
    return bytes;
  });
}

function readChecked(folder: string, file: CheckedFile): Uint8Array | undefined {
  const path = join(folder, file.name);
  if (!existsSync(path)) return undefined;
  const bytes = readFileSync(path);
  if (bytes.length === file.bytes && digest(bytes) === file.sha256) return bytes;
  progress(`${path} is damaged (${bytes.length} of ${file.bytes} bytes, or other content); making it again`);
  return undefined;
}
