/**
 * Writes `splits/<data set>/*.txt`: the held-out validation list and the 1 % and 10 % label lists for seeds 0 … 4, one index a line.
 *
 * Run: `npx tsx libs/data/scripts/make-splits.ts [folder of imagenette96]`. Another run gives the same files.
 */
import { join } from 'node:path';
import { workspaceRoot, writeFileAtomic } from '@fovea/files';
import { loadCifar10, loadPacked } from '../src/index.ts';
import { drawSplits, SPLIT_SEEDS } from '../src/splits/draw-splits.ts';

const sets = [['cifar10', (await loadCifar10({ split: 'train' })).labels] as const];
const [imagenette] = process.argv.slice(2);
if (imagenette !== undefined) {
  sets.push(['imagenette96', loadPacked(imagenette, { where: { split: 'train' }, split: 'train' }).labels]);
}
for (const [name, labels] of sets) {
  const write = (file: string, indices: readonly number[]): void => {
    writeFileAtomic(join(workspaceRoot(), 'libs/data/splits', name, file), `${indices.join('\n')}\n`);
    console.log(`${name}/${file}: ${indices.length}`);
  };
  const { validation, onePercent, tenPercent } = drawSplits(name, labels);
  write('validation.txt', validation);
  for (const seed of SPLIT_SEEDS) {
    write(`1-percent-seed${seed}.txt`, onePercent[seed]);
    write(`10-percent-seed${seed}.txt`, tenPercent[seed]);
  }
}
