import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** SHA-256 of bytes or UTF-8 text, as 64 hexadecimal digits. */
export function digest(data: string | NodeJS.ArrayBufferView): string {
  return createHash('sha256').update(data).digest('hex');
}

/**
 * SHA-256 of a JSON value, whatever the order of its keys.
 *
 * @throws TypeError for a number that JSON cannot hold (NaN, Infinity) or a value that is no JSON
 */
export function digestJson(value: unknown): string {
  return digest(canonicalJson(value));
}

/** JSON text with sorted keys and no spaces: equal values have equal texts. Keys that hold `undefined` are left out. */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new TypeError(`canonicalJson: JSON holds no ${value}.`);
  }
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join()}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    entries.sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([name, item]) => `${JSON.stringify(name)}:${canonicalJson(item)}`).join()}}`;
  }
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) throw new TypeError(`canonicalJson: a ${typeof value} is no JSON value.`);
  return text;
}

/**
 * SHA-256 over the names and contents of the files below some folders, tests left out.
 *
 * @param folders - folders to walk
 * @param root - names are taken relative to it, so a checkout's place does not matter
 */
export function digestSources(folders: readonly string[], root: string): string {
  const files = folders.flatMap(sourcesBelow).map((path) => ({
    name: relative(root, path).replaceAll('\\', '/'),
    path,
  }));
  files.sort((a, b) => (a.name < b.name ? -1 : 1));
  return digest(files.map(({ name, path }) => `${name} ${digest(readFileSync(path))}\n`).join(''));
}

function sourcesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : sourcesBelow(path);
    return /\.([mc]?[tj]s|wasm|cc|h)$/.test(entry.name) && !/\.spec\./.test(entry.name) ? [path] : [];
  });
}
