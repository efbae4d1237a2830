import { readdirSync, statSync, type Stats } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';

/** A file or folder and the state it was in; '' where it was missing. */
export type Watched = readonly [path: string, stamp: string];

/** A point in time by the clock on the wall and by one that nobody can set. */
export interface Moment {
  readonly wall: number;
  readonly steady: number;
}

/** File systems write down times that are up to so much too early. */
const coarseMs = 20;
/** Two clocks may drift apart by so much; beyond that one of them was set. */
const driftMs = 1000;

/** Whether something is as it was. */
export const isUnchanged = ([path, stamp]: Watched): boolean => (stampOf(path) ?? '') === stamp;

export const now = (): Moment => ({ wall: Date.now(), steady: performance.now() });

/** How long ago a moment was, in milliseconds, or more; for ever where the clock was set since, for then no time stamp proves anything. */
export function ageOf({ wall, steady }: Moment): number {
  const age = performance.now() - steady;
  return Math.abs(Date.now() - wall - age) > driftMs ? Infinity : age + coarseMs;
}

/** Whether something exists and has changed within so many milliseconds. */
export const isYoung = (path: string, age: number): boolean =>
  stampOf(path, age) === undefined && stampOf(path) !== undefined;

/**
 * What decides which files names mean to files of packages: folders from the files up to the outermost `node_modules`, the manifests in
 * them, and every `node_modules` there with its scopes, also where none of the files lies in it.
 */
export function watchedBy(files: Iterable<string>): Watched[] {
  const watched = new Map<string, string>();
  const watch = (path: string): boolean => {
    const stamp = stampOf(path);
    if (stamp !== undefined) watched.set(path, stamp);
    return stamp !== undefined;
  };
  for (const file of files) {
    for (let folder = dirname(file); folder.includes(`${sep}node_modules`); folder = dirname(folder)) {
      if (watched.has(folder)) break;
      watched.set(folder, stampOf(folder) ?? '');
      watch(join(folder, 'package.json'));
      const packages = basename(folder) === 'node_modules' ? folder : join(folder, 'node_modules');
      // Where there is none, a new one changes the folder itself.
      if (watch(packages)) for (const scope of scopesOf(packages)) watch(scope);
    }
  }
  return [...watched];
}

/** Folders of scopes such as `@types` in a `node_modules`. */
export function scopesOf(packages: string): string[] {
  try {
    return readdirSync(packages)
      .filter((name) => name.startsWith('@'))
      .map((name) => join(packages, name));
  } catch {
    return [];
  }
}

/** Size, times and number of a file, as version control tells changed files by; undefined where it is missing or younger than `settled`. */
export function stampOf(path: string, settled = -Infinity): string | undefined {
  let found: Stats | undefined;
  try {
    found = statSync(path, { throwIfNoEntry: false });
  } catch {
    // Part of it is a file, or it may not be looked at: it is as good as missing.
  }
  if (!found) return undefined;
  const { size, mtimeMs, ctimeMs, ino } = found;
  if (Date.now() - ctimeMs < settled) return undefined;
  return `${size} ${mtimeMs} ${ctimeMs} ${ino}`;
}
