import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { temporarySibling } from './atomic.mjs';
import { isAlive, startOf } from './processes.mjs';

/** @typedef {{ pid: number, started: string, token: string, child?: number }} Holder */
/** @typedef {{ setChild: (pid: number) => void, release: () => void }} Lock */

const pollMs = 200;
const orphanMs = 5000;

/**
 * Waits until this process alone works in the repository. A dead holder's lock is taken over, once its command is dead too.
 *
 * @param {string} path
 * @param {(pid: number) => void} onWait called once, with the holder
 * @returns {Promise<Lock>}
 */
export async function acquireLock(path, onWait) {
  mkdirSync(dirname(path), { recursive: true });
  const mine = { pid: process.pid, started: startOf(process.pid), token: randomUUID() };
  let hasWaited = false;
  for (;;) {
    if (tryCreate(path, mine)) return held(path, mine);
    const text = read(path);
    if (text === undefined) continue;
    const holder = parse(text);
    if (holder && isRunning(holder)) {
      if (!hasWaited) onWait(holder.pid);
      hasWaited = true;
      await sleep(pollMs);
    } else {
      await orphanIsGone(holder);
      discard(path, text);
    }
  }
}

/**
 * @param {string} path
 * @param {Holder} mine
 * @returns {Lock}
 */
function held(path, mine) {
  return {
    setChild: (child) => {
      const sibling = temporarySibling(path);
      writeFileSync(sibling, JSON.stringify({ ...mine, child }));
      renameSync(sibling, path);
    },
    release: () => {
      if (parse(read(path) ?? '')?.token === mine.token) rmSync(path, { force: true });
    },
  };
}

/**
 * The lock appears with its content or not at all.
 *
 * @param {string} path
 * @param {Holder} mine
 */
function tryCreate(path, mine) {
  const sibling = temporarySibling(path);
  writeFileSync(sibling, JSON.stringify(mine));
  try {
    linkSync(sibling, path);
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(sibling, { force: true });
  }
}

/**
 * Removes exactly the stale lock that was read, and gives a newer one back to its holder.
 *
 * @param {string} path
 * @param {string} stale
 */
function discard(path, stale) {
  const grave = temporarySibling(path);
  try {
    renameSync(path, grave);
    if (read(grave) !== stale) linkSync(grave, path);
  } catch {
    // Another process was faster: the next round sees what it did.
  }
  rmSync(grave, { force: true });
}

/** @param {Holder} holder */
function isRunning(holder) {
  return isAlive(holder.pid) && startOf(holder.pid) === holder.started;
}

/** @param {Holder | undefined} holder */
async function orphanIsGone(holder) {
  const deadline = Date.now() + orphanMs;
  while (holder?.child && isAlive(holder.child) && Date.now() < deadline) await sleep(20);
}

/** @param {string} path */
function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/**
 * @param {string} text
 * @returns {Holder | undefined}
 */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
