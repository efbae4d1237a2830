import { digest, digestJson, writeFileAtomic } from '@fovea/files';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** How far an evaluation has come. */
export interface EvaluationProgress {
  /** What is being done: `linear: epoch`, `semiSupervised: seed`. */
  readonly what: string;
  readonly done: number;
  readonly total: number;
}

/** What every long evaluator takes beside its own options; neither changes a result. */
export interface RunControl {
  /** Finished pieces of earlier, stopped calls; see `pieces`. */
  readonly pieces?: Pieces;
  readonly onProgress?: (progress: EvaluationProgress) => void;
}

/** Names of the keys of `RunControl`, for `checkOptions`. */
export const CONTROL = ['pieces', 'onProgress'] as const;

/** A store of finished pieces of evaluations. A key must name everything that its piece depends on; it is only built when something is stored. */
export interface Pieces {
  /** The stored JSON value of the key, or what `make` gives, stored. */
  json<T>(key: () => unknown, make: () => T | Promise<T>): Promise<T>;
  /** The same for float32 numbers. */
  floats(key: () => unknown, make: () => Float32Array | Promise<Float32Array>): Promise<Float32Array>;
}

/**
 * Finished pieces in a folder, so that a stopped evaluation goes on where it was: one file a piece, named by the digest of its key, written whole or not
 * at all. A file that does not hold what it should is made again.
 *
 * Keys hold digests of features, images and weights and all options, never paths or times: a changed input is another piece.
 *
 * @example
 * for await (const metric of linear(splits, { preset: 'swav', key: key(0), pieces: pieces('results/pieces') })) console.log(metric);
 */
export function pieces(folder: string): Pieces {
  const path = (key: unknown, ending: string): string => join(folder, `${digestJson(key)}.${ending}`);
  return {
    async json<T>(key: () => unknown, make: () => T | Promise<T>): Promise<T> {
      const file = path(key(), 'json');
      const found = readJson(file) as { value: T } | undefined;
      if (found) return found.value;
      const value = await make();
      writeFileAtomic(file, `${JSON.stringify({ key: key(), value })}\n`);
      return value;
    },
    async floats(key, make) {
      const file = path(key(), 'f32');
      if (existsSync(file)) {
        const bytes = readFileSync(file);
        const [sum, body] = [bytes.subarray(0, 64).toString(), bytes.subarray(64)];
        if (digest(body) === sum) return new Float32Array(new Uint8Array(body).buffer);
      }
      const values = await make();
      const body = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
      writeFileAtomic(file, Buffer.concat([Buffer.from(digest(body)), body]));
      return values;
    },
  };
}

/** A store that stores nothing. */
export const NO_PIECES: Pieces = {
  json: async (_key, make) => make(),
  floats: async (_key, make) => make(),
};

/** Digest of numbers, for the keys of pieces. */
export function arrayDigest(values: NodeJS.ArrayBufferView): string {
  return digest(values);
}

function readJson(file: string): unknown {
  if (!existsSync(file)) return undefined;
  try {
    const found: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return typeof found === 'object' && found !== null && 'value' in found ? found : undefined;
  } catch {
    return undefined; // damaged from outside: made again
  }
}
