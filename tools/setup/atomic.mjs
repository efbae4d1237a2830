import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { namesIn } from './files.mjs';
import { isAlive } from './processes.mjs';

const host = hostname().replace(/[^\w]/g, '_');
const temporary = /\.tmp-(\w+)-(\d+)-[0-9a-f]{8}$/;
const dayMs = 86_400_000;

/**
 * A name beside `path`, known to be rubbish once this process is dead.
 *
 * @param {string} path
 */
export function temporarySibling(path) {
  mkdirSync(dirname(path), { recursive: true });
  return `${path}.tmp-${host}-${process.pid}-${randomBytes(4).toString('hex')}`;
}

/**
 * @param {string} path
 * @param {unknown} value
 */
export function writeJsonAtomic(path, value) {
  const sibling = temporarySibling(path);
  try {
    writeFileSync(sibling, `${JSON.stringify(value, null, 2)}\n`);
    renameSync(sibling, path);
  } catch (error) {
    rmSync(sibling, { force: true });
    throw error;
  }
}

/**
 * The parsed file, or undefined where it is absent, unreadable or cut short.
 *
 * @param {string} path
 * @returns {any}
 */
export function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * Moves a finished folder to its place; whatever lay there is replaced.
 *
 * @param {string} finished
 * @param {string} path
 */
export function publishFolder(finished, path) {
  removeFolder(path);
  renameSync(finished, path);
}

/**
 * Removes a folder so that no half of it is ever seen under its name.
 *
 * @param {string} path
 */
export function removeFolder(path) {
  const grave = temporarySibling(path);
  try {
    renameSync(path, grave);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return;
    throw error;
  }
  rmSync(grave, { recursive: true, force: true });
}

/**
 * @param {string} target
 * @param {string} path
 */
export function linkAtomic(target, path) {
  const sibling = temporarySibling(path);
  symlinkSync(target, sibling);
  renameSync(sibling, path);
}

/**
 * Removes what killed set-ups left in a folder: temporaries of dead processes of this machine, and any that is a day old.
 *
 * @param {string} folder
 */
export function removeStaleTemporaries(folder) {
  for (const name of namesIn(folder)) {
    const match = temporary.exec(name);
    if (!match) continue;
    const path = join(folder, name);
    const isStale = match[1] === host ? !isAlive(Number(match[2])) : ageMs(path) > dayMs;
    if (isStale) rmSync(path, { recursive: true, force: true });
  }
}

/** @param {string} path */
function ageMs(path) {
  return Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
}
