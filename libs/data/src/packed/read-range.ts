import { open } from 'node:fs/promises';

/**
 * Reads `length` bytes of a file from `offset` on.
 *
 * @throws Error naming the file and the range when the file is missing or too short
 */
export async function readRange(path: string, offset: number, length: number): Promise<Uint8Array> {
  const file = await open(path).catch((error: unknown) => {
    throw new Error(`readRange: cannot open ${path}: ${(error as Error).message}`, { cause: error });
  });
  try {
    const bytes = new Uint8Array(length);
    let done = 0;
    while (done < length) {
      const { bytesRead } = await file.read(bytes, done, length - done, offset + done);
      if (bytesRead === 0) {
        throw new Error(
          `readRange: ${path} ends at byte ${offset + done}, bytes ${offset} to ${offset + length} are needed. It is cut short.`,
        );
      }
      done += bytesRead;
    }
    return bytes;
  } finally {
    await file.close();
  }
}
