import { accessSync, constants, lstatSync, readdirSync, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

/**
 * The path of a program, or undefined when it is nowhere on `$PATH`.
 *
 * @param {string} name a name, or a path
 * @param {NodeJS.ProcessEnv} env
 */
export function findProgram(name, env) {
  const candidates = name.includes('/')
    ? [resolve(name)]
    : (env.PATH ?? '')
        .split(delimiter)
        .filter(Boolean)
        .map((folder) => join(folder, name));
  return candidates.find(isExecutable);
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** @param {string} path */
export function exists(path) {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/**
 * Bytes of all files below a folder; those that vanish meanwhile do not count.
 *
 * @param {string} folder
 * @returns {number}
 */
export function folderBytes(folder) {
  let bytes = 0;
  for (const entry of entriesOf(folder)) {
    const path = join(folder, entry.name);
    bytes += entry.isDirectory()
      ? folderBytes(path)
      : (lstatSync(path, { throwIfNoEntry: false })?.size ?? 0);
  }
  return bytes;
}

/** @param {string} folder */
function entriesOf(folder) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** @param {number} bytes */
export function megabytes(bytes) {
  return `${Math.round(bytes / 1e6)} MB`;
}

/**
 * @param {string} folder
 * @returns {string[]} nothing where there is no such folder
 */
export function namesIn(folder) {
  return entriesOf(folder).map(({ name }) => name);
}
