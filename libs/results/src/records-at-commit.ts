import { execFileSync } from 'node:child_process';
import { workspaceRoot } from '@fovea/files';
import { parseRecord } from './parse-record.ts';
import type { RecordFilter } from './record-store.ts';
import type { ResultRecord } from './record.ts';

/**
 * The records that a git commit holds below `results/`, for comparing what a run wrote with what was committed.
 *
 * @param commit - anything that git resolves: `HEAD`, `main`, a hash
 * @throws Error when git does not know the commit, or a record in it is invalid
 */
export function recordsAtCommit(
  commit: string,
  filter: RecordFilter = {},
  root: string = workspaceRoot(),
): ResultRecord[] {
  const place = [filter.experiment ?? '*', filter.profile ?? '*'].join('/');
  const names = git(root, 'ls-tree', '-r', '--name-only', '-z', commit, '--', 'results/')
    .split('\0')
    .filter((name) =>
      new RegExp(`^results/${place.replaceAll('*', '[^/]+')}/[0-9a-f]{16}\\.json$`).test(name),
    );
  return names
    .map((name) => {
      const from = `${commit}:${name}`;
      return parseRecord(JSON.parse(git(root, 'show', from)), from);
    })
    .filter(({ arm }) => filter.arm === undefined || filter.arm === arm);
}

function git(root: string, ...args: string[]): string {
  try {
    return execFileSync('git', args, {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (error) {
    const { stderr } = error as { stderr?: string };
    throw new Error(`recordsAtCommit: git ${args[0]}: ${(stderr ?? (error as Error).message).trim()}`, {
      cause: error,
    });
  }
}
