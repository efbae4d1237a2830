import { closeSync, openSync, read, readSync } from 'node:fs';
import { promisify } from 'node:util';

const readFile = promisify(read);

interface OpenFile {
  readonly descriptor: number;
  readers: number;
  stale: boolean;
}

/**
 * Files that stay open between positioned reads, at most `limit` at a time; what was used longest ago is closed first.
 *
 * Any number of reads may run at once: a positioned read moves no cursor.
 */
export class OpenFiles {
  readonly #files = new Map<string, OpenFile>();
  readonly #limit: number;

  constructor(limit = 16) {
    this.#limit = limit;
  }

  /**
   * Reads `length` bytes from `offset` on.
   *
   * @throws Error naming the file and the range when the file is missing or too short
   */
  async read(path: string, offset: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    const file = this.#open(path);
    file.readers++;
    try {
      for (let done = 0; done < length;) {
        const { bytesRead } = await readFile(file.descriptor, bytes, done, length - done, offset + done);
        if (bytesRead === 0) throw cutShort(path, offset, done, length);
        done += bytesRead;
      }
    } finally {
      file.readers--;
      if (file.stale && file.readers === 0) closeSync(file.descriptor);
    }
    return bytes;
  }

  /** {@link read} on this thread, into an array. */
  readInto(path: string, offset: number, into: Uint8Array): void {
    const { descriptor } = this.#open(path);
    for (let done = 0; done < into.length;) {
      const bytesRead = readSync(descriptor, into, done, into.length - done, offset + done);
      if (bytesRead === 0) throw cutShort(path, offset, done, into.length);
      done += bytesRead;
    }
  }

  /** Closes every file, once the reads that run are done; the next read opens them again. */
  close(): void {
    for (const path of [...this.#files.keys()]) this.#forget(path);
  }

  #open(path: string): OpenFile {
    let file = this.#files.get(path);
    if (file === undefined) {
      try {
        file = { descriptor: openSync(path, 'r'), readers: 0, stale: false };
      } catch (error) {
        throw new Error(`cannot open ${path}: ${(error as Error).message}`, { cause: error });
      }
    }
    this.#files.delete(path);
    this.#files.set(path, file); // youngest last
    if (this.#files.size > this.#limit) this.#forget(this.#files.keys().next().value as string);
    return file;
  }

  #forget(path: string): void {
    const file = this.#files.get(path);
    this.#files.delete(path);
    if (file === undefined) return;
    if (file.readers === 0) closeSync(file.descriptor);
    else file.stale = true;
  }
}

function cutShort(path: string, offset: number, done: number, length: number): Error {
  return new Error(
    `${path} has no byte ${offset + done}, bytes ${offset} to ${offset + length} are needed. It is cut short.`,
  );
}
