import { closeSync, openSync, readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import type { ByteImage } from '../image.ts';

/**
 * Images of one size that lie as RGB bytes in files, one after another without a header; the sharded sets of `@fovea/data` have one as `stored`. Each thread
 * reads what it needs by itself, one positioned read an image.
 */
export interface StoredImages {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** Files in order, and how many images each holds. */
  readonly files: readonly { readonly path: string; readonly count: number }[];
  /** CRC-32 of every image; what is read is checked. */
  readonly checksums: Uint32Array;
}

/** Reads stored images on the thread that asks. */
export interface StoredReader {
  /** @throws Error naming the file and the bytes that are missing or damaged */
  read(index: number): ByteImage;
  close(): void;
}

/** Files that are open at a time. */
const LIMIT = 16;

/** A reader with files of its own. */
export function storedReader({ files, height, width, channels, checksums }: StoredImages): StoredReader {
  const size = height * width * channels;
  const starts = files.map((_, place) => files.slice(0, place).reduce((sum, { count }) => sum + count, 0));
  const open = new Map<string, number>();
  const descriptorOf = (path: string): number => {
    const descriptor = open.get(path) ?? openSync(path, 'r');
    open.delete(path);
    open.set(path, descriptor); // youngest last
    if (open.size > LIMIT) {
      const [[oldest, stale]] = open;
      open.delete(oldest);
      closeSync(stale);
    }
    return descriptor;
  };
  return {
    read(index) {
      const place = starts.findLastIndex((start) => start <= index);
      const { path } = files[place];
      const offset = (index - starts[place]) * size;
      const data = new Uint8Array(size);
      const descriptor = descriptorOf(path);
      for (let done = 0; done < size;) {
        const count = readSync(descriptor, data, done, size - done, offset + done);
        if (count === 0)
          throw new Error(
            `openViewSource: ${path} has no byte ${offset + done}, bytes ${offset} to ${offset + size} are needed. It is cut short.`,
          );
        done += count;
      }
      if (crc32(data) !== checksums[index])
        throw new Error(
          `openViewSource: bytes ${offset} to ${offset + size} of ${path} are damaged: they have another CRC-32 than the index says.`,
        );
      return { data, height, width, channels };
    },
    close: () => {
      for (const descriptor of open.values()) closeSync(descriptor);
      open.clear();
    },
  };
}
