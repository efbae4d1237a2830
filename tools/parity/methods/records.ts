import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { digestJson, workspaceRoot, writeFileAtomic } from '@fovea/files';
import { PARITY_METHODS, SCALE } from './recipes.ts';

/** One run of one side. */
export interface ParityRecord {
  readonly method: string;
  readonly side: Side;
  readonly seed: number;
  /** Hash of everything that both sides are told: a run of another recipe is run again. */
  readonly recipe: string;
  /** kNN top-1 on the test images, percent. */
  readonly knn: number;
  /** Mean loss of every epoch. */
  readonly losses: readonly number[];
  readonly seconds: number;
  readonly versions: string;
}

/**
 * `untrained`: our network before its first step; `pytorch`: PyTorch from the same first weights; `pytorch-own`: from weights that it draws.
 * One seed's first weights move kNN by a point on either side, so the comparison is of runs that share them.
 */
export type Side = 'untrained' | 'fovea' | 'pytorch' | 'pytorch-own';

/** Difference of mean kNN, in points, that the two sides may have. */
export const ALLOWED = 1.5;

/** Hash of a method's recipe. */
export function recipeOf(method: string): string {
  const { views, options, momentum } = PARITY_METHODS[method];
  return digestJson({ scale: SCALE, views: views.views, options, momentum } as never).slice(0, 16);
}

/** The stored run, where there is one of the present recipe. */
export function readRecord(
  folder: string,
  method: string,
  side: Side,
  seed: number,
): ParityRecord | undefined {
  const path = join(folder, `${method}-${side}-${seed}.json`);
  if (!existsSync(path)) return undefined;
  const record = JSON.parse(readFileSync(path, 'utf8')) as ParityRecord;
  return record.recipe === recipeOf(method) ? record : undefined;
}

export function writeRecord(folder: string, record: ParityRecord): void {
  const path = join(folder, `${record.method}-${record.side}-${record.seed}.json`);
  writeFileAtomic(path, `${JSON.stringify(record, undefined, 2)}\n`);
}

/** Where runs are kept. */
export const RECORDS = join(workspaceRoot(), 'results', 'parity');

/** The table of all runs there are, and whether every method with both sides agrees. */
export function table(
  folder: string,
  methods: readonly string[],
  seeds: readonly number[],
): { text: string; agrees: boolean } {
  let agrees = true;
  const rows = methods.flatMap((method) => {
    const [ours, theirs, start, free] = (['fovea', 'pytorch', 'untrained', 'pytorch-own'] as const).map(
      (side) => seeds.flatMap((seed) => readRecord(folder, method, side, seed) ?? []),
    );
    if (ours.length === 0 && theirs.length === 0) return [];
    const gap = mean(ours) - mean(theirs);
    const isComplete = ours.length === seeds.length && theirs.length === seeds.length;
    const isClose = Math.abs(gap) <= ALLOWED;
    if (!isComplete || !isClose) agrees = false;
    const verdict = !isComplete
      ? `${ours.length} + ${theirs.length} of ${2 * seeds.length} runs`
      : isClose
        ? 'within'
        : 'apart';
    const cells = [method, shown(start), shown(ours), shown(theirs), signed(gap), verdict, shown(free)];
    return [`| ${cells.join(' | ')} |`];
  });
  const head = [
    '| method | untrained | Fovea | PyTorch | difference | allowed 1.5 | PyTorch, its own first weights |',
    '| --- | --- | --- | --- | --- | --- | --- |',
  ];
  return { text: [...head, ...rows].join('\n'), agrees };
}

function mean(records: readonly ParityRecord[]): number {
  return records.reduce((sum, { knn }) => sum + knn, 0) / records.length;
}

function shown(records: readonly ParityRecord[]): string {
  if (records.length === 0) return '-';
  const centre = mean(records);
  const spread = Math.sqrt(
    records.reduce((sum, { knn }) => sum + (knn - centre) ** 2, 0) / (records.length - 1),
  );
  return records.length === 1 ? centre.toFixed(2) : `${centre.toFixed(2)} ± ${spread.toFixed(2)}`;
}

function signed(gap: number): string {
  return Number.isNaN(gap) ? '-' : `${gap < 0 ? '' : '+'}${gap.toFixed(2)}`;
}
