import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { workspaceRoot, writeFileAtomic } from '@fovea/files';
import { METHODS } from '@fovea/methods';
import { DATA, presetDigest, PRESETS } from './presets.ts';
import type { LearnsOutcome } from './run.ts';

/** One run as it is kept. */
export interface LearnsRecord extends LearnsOutcome {
  readonly method: string;
  readonly seed: number;
  /** Hash of the preset: a method whose preset has changed is run again. */
  readonly preset: string;
  /** `verdictOf` the figures. */
  readonly verdict: string;
  readonly versions: string;
}

/** Where runs are kept. */
export const RECORDS = join(workspaceRoot(), 'results', 'learns');

/** The stored run of the present preset, where there is one. */
export function readRecord(folder: string, method: string, seed: number): LearnsRecord | undefined {
  const path = fileOf(folder, method, seed);
  if (!existsSync(path)) return undefined;
  const record = JSON.parse(readFileSync(path, 'utf8')) as LearnsRecord;
  return record.preset === presetDigest(PRESETS[method]) ? record : undefined;
}

export function writeRecord(folder: string, record: LearnsRecord): void {
  writeFileAtomic(fileOf(folder, record.method, record.seed), `${JSON.stringify(record, undefined, 2)}\n`);
}

/** `learns`: more than two standard errors above the untrained network, and not collapsed. */
export function verdictOf({ untrained, trained, standardError, collapsed }: LearnsOutcome): string {
  if (collapsed) return 'collapsed';
  return trained - untrained > 2 * standardError ? 'learns' : 'not shown';
}

/** The table of what there is, and how many methods do not learn or have no run. */
export function table(folder: string, seed: number): { text: string; missing: string[] } {
  const missing: string[] = [];
  const rows = [...METHODS.keys()].map((method) => {
    const record = readRecord(folder, method, seed);
    if (record === undefined) {
      missing.push(method);
      return `| ${method} | no run | | | | | | |`;
    }
    const verdict = verdictOf(record);
    if (verdict !== 'learns') missing.push(method);
    const { untrained, trained, standardError, spread, effectiveRank, seconds } = record;
    const gain = trained - untrained;
    const cells = [
      method,
      untrained.toFixed(1),
      trained.toFixed(1),
      `${gain < 0 ? '' : '+'}${gain.toFixed(1)} ± ${standardError.toFixed(1)}`,
      spread.toFixed(2),
      effectiveRank.toFixed(1),
      verdict,
      seconds.toFixed(0),
    ];
    return `| ${cells.join(' | ')} |`;
  });
  const { trainImages, testImages, knn } = DATA;
  const head = [
    `kNN top-1 (k ${knn.k}, T ${knn.temperature}), % of ${testImages} CIFAR-10 test images, after a short run on ${trainImages} training images;`,
    'difference ± standard error over the test images, one seed. Spread and effective rank are those of the embeddings after the last epoch.',
    'Settings of each run: tools/parity/learns/presets.ts.',
    '',
    '| method | untrained | trained | difference | spread | effective rank | verdict | s of training |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
  ];
  return { text: [...head, ...rows].join('\n'), missing };
}

function fileOf(folder: string, method: string, seed: number): string {
  return join(folder, seed === 0 ? `${method}.json` : `${method}-${seed}.json`);
}
