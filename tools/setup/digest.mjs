import { createHash } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';

/** @param {string | Buffer} content */
export function sha256(content) {
  return createHash('sha256').update(content).digest('hex');
}

/** @param {unknown} value */
export function sha256Json(value) {
  return sha256(JSON.stringify(value));
}

/** @param {string} path */
export function sha256FileSync(path) {
  return sha256(readFileSync(path));
}

/**
 * For files that are too large to read at once.
 *
 * @param {string} path
 */
export async function sha256File(path) {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk);
  return hash.digest('hex');
}
