import { statSync, type Stats } from 'node:fs';
import { dirname, join, sep } from 'node:path';

/** A file or folder and the state it was in; '' where it was missing. */
export type Watched = readonly [path: string, stamp: string];

/** Whether something is as it was. */
export const isUnchanged = ([path, stamp]: Watched): boolean => (stampOf(path) ?? '') === stamp;

/** Folders from files up to the outermost `node_modules`, and the manifests in them. */
export function watchedBy(files: Iterable<string>): Watched[] {
  const watched = new Map<string, string>();
  for (const file of files) {
    for (let folder = dirname(file); folder.includes(`${sep}node_modules`); folder = dirname(folder)) {
      if (watched.has(folder)) break;
      watched.set(folder, stampOf(folder) ?? '');
      const manifest = join(folder, 'package.json');
      const stamp = stampOf(manifest);
      if (stamp !== undefined) watched.set(manifest, stamp);
    }
  }
  return [...watched];
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
