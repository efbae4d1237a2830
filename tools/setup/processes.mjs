import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

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
 * When a process began, so that a recycled number is not taken for the old process.
 *
 * @param {number} pid
 */
export function startOf(pid) {
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
 * A dead process stays listed until its parent asks for its status, in some containers for ever.
 *
 * @param {number} pid
 */
function isZombie(pid) {
  return process.platform === 'linux' && statFields(pid)[0] === 'Z';
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
