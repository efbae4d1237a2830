import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

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

/** @param {number} pid */
export function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
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
      const sibling = `${path}.${mine.token}`;
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
  const sibling = `${path}.${mine.token}`;
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
  const grave = `${path}.${randomUUID()}`;
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

/**
 * A dead process stays listed until its parent asks for its status, in some containers for ever.
 *
 * @param {number} pid
 */
function isZombie(pid) {
  return process.platform === 'linux' && statFields(pid)[0] === 'Z';
}

/**
 * When a process began, so that a recycled number is not taken for the old process.
 *
 * @param {number} pid
 */
function startOf(pid) {
  try {
    if (process.platform !== 'linux') {
      return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    }
    return statFields(pid)[19] ?? '';
  } catch {
    return '';
  }
}

/**
 * Linux' /proc/<pid>/stat from the third field on: the state first, the start time twentieth.
 *
 * @param {number} pid
 */
function statFields(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
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
