import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { extractZipEntry, readZipEntries, readZipText } from './zip.mjs';

/** @typedef {{ path: string, bytes: number, sha256: string }} UnpackedFile */

/**
 * Unpacks the wanted files of a wheel, each checked against the wheel's own RECORD.
 *
 * @param {string} wheel
 * @param {string} destination
 * @param {(path: string) => boolean} isWanted
 * @param {(bytes: number) => void} onBytes called with the bytes written so far
 * @returns {Promise<UnpackedFile[]>}
 * @throws Error when the wheel is damaged
 */
export async function unpackWheel(wheel, destination, isWanted, onBytes) {
  const entries = readZipEntries(wheel);
  const recordEntry = entries.find(({ name }) => /^[^/]+\.dist-info\/RECORD$/.test(name));
  if (!recordEntry) throw new Error(`${wheel} has no RECORD`);
  const digests = parseRecord(await readZipText(wheel, recordEntry));
  const files = [];
  let written = 0;
  for (const entry of entries.filter(({ name }) => !name.endsWith('/') && isWanted(name))) {
    const path = join(destination, entry.name);
    mkdirSync(dirname(path), { recursive: true });
    const digest = await extractZipEntry(wheel, entry, path);
    const expected = digests.get(entry.name);
    if (digest !== expected) {
      throw new Error(
        `${entry.name} in ${wheel} has SHA-256 ${digest}, its RECORD says ${expected ?? 'nothing'}`,
      );
    }
    written += entry.bytes;
    onBytes(written);
    files.push({
      path: entry.name,
      bytes: entry.bytes,
      sha256: Buffer.from(digest, 'base64url').toString('hex'),
    });
  }
  return files;
}

/**
 * Lines of `path,sha256=<base64url>,bytes`.
 *
 * @param {string} text
 * @returns {Map<string, string>}
 */
function parseRecord(text) {
  return new Map(
    text.split(/\r?\n/).flatMap((line) => {
      const match = /^"?(.+?)"?,sha256=([\w-]+),\d+$/.exec(line);
      return match ? [[match[1], match[2]]] : [];
    }),
  );
}
