import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

let counter = 0;

/**
 * Writes a file whole or not at all: a reader, a crash or a full disk never meets half of it.
 *
 * The bytes go to a sibling, are flushed, and take the name in one rename; folders are made as needed.
 *
 * @throws Error naming the file when the disk is full or the folder cannot be written; the old file is then untouched
 *
 * @example
 * writeFileAtomic('results/bam/smoke/1f0c.json', JSON.stringify(record));
 */
export function writeFileAtomic(path: string, data: string | NodeJS.ArrayBufferView): void {
  const sibling = `${path}.${process.pid}.${counter++}.tmp`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    const file = openSync(sibling, 'w');
    try {
      writeFileSync(file, data);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(sibling, path);
  } catch (error) {
    removeQuietly(sibling);
    throw new Error(`writeFileAtomic: could not write ${path}: ${reason(error)}`, { cause: error });
  }
}

function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // The first error says more than this one could.
  }
}

function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC') return 'the disk is full. Free some space and run the command again.';
  if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM') {
    return `the folder is not writable (${code}). Change its permissions or choose another folder.`;
  }
  return message;
}
