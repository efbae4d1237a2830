import { join } from 'node:path';
import { workspaceRoot, writeFileAtomic } from '@fovea/files';
import { drawSplits, SPLIT_SEEDS } from './draw-splits.ts';

/**
 * Writes the committed lists of a data set, `libs/data/splits/<name>/*.txt`: held-out validation, 1 % and 10 % labels for seeds 0 … 4, one index a line.
 *
 * `npx fovea data lists` runs it; another run gives the same files.
 *
 * @param labels - [N] class of every training image
 * @returns what was written and how many indices each file holds
 */
export function writeSplits(name: string, labels: ArrayLike<number>): Record<string, number> {
  const { validation, onePercent, tenPercent } = drawSplits(name, labels);
  const lists: Record<string, readonly number[]> = { 'validation.txt': validation };
  for (const [place, seed] of SPLIT_SEEDS.entries()) {
    lists[`1-percent-seed${seed}.txt`] = onePercent[place];
    lists[`10-percent-seed${seed}.txt`] = tenPercent[place];
  }
  const written: Record<string, number> = {};
  for (const [file, indices] of Object.entries(lists)) {
    writeFileAtomic(join(workspaceRoot(), 'libs/data/splits', name, file), `${indices.join('\n')}\n`);
    written[`${name}/${file}`] = indices.length;
  }
  return written;
}
