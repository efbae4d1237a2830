import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { recordId, RecordStore, renderSvg, type ResultRecord } from '@fovea/results';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bamExperiment, experiments, report, writeReport } from '../index.ts';

const KNN = 'knn.k20.t0.07.top1';
const [committed] = new RecordStore().read({ experiment: 'bam', profile: 'small' });
let folder = '';
let store: RecordStore;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fovea-report-'));
  store = new RecordStore(folder);
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Stores a run of an arm with some accuracy and, unless it is null, the loss of two epochs. */
function stored(arm: string, seed: number, accuracy: number, loss: number | null = null): void {
  const record: ResultRecord = {
    ...committed,
    arm,
    seed,
    tags: [],
    metrics: [{ name: KNN, value: accuracy, unit: '%', direction: 'higher', n: 100 }],
    curves:
      loss === null ? [] : [{ name: 'train.loss', unit: 'nats', x: 'epoch', at: [1, 2], values: [loss, 1] }],
  };
  store.write({ ...record, id: recordId(record) });
}

const valuesOf = (spec: object): unknown => (spec as { data: { values: unknown } }).data.values;

describe('a report', () => {
  it("keeps ablations apart from the paper's comparison, and pairs their gains over seeds", async () => {
    for (const seed of [0, 1, 2]) {
      stored('simclr', seed, 40 + seed, 5 + seed);
      stored('bam', seed, 42 + 2 * seed, 6);
    }
    stored('bam-unmasked', 0, 41);
    stored('bam-unmasked', 2, 49);
    stored('bam-reg-0.1', 1, 40);
    const { table, ablations, charts } = report(bamExperiment, 'small', store);
    expect(table.rows.map(([arm]) => arm)).toEqual(['SimCLR', 'BAM (student only)']);
    expect(ablations.map(({ title, table: { rows } }) => [title, ...rows.map(([arm]) => arm)])).toEqual([
      ['the target', 'BAM (student only)', 'BAM without the mask on positives'],
      ['entropy and temperature', 'BAM (student only)', 'BAM, entropy 0.1'],
    ]);
    const { vconcat } = charts.ablations as unknown as { vconcat: { title: { text: string } }[] };
    expect(vconcat.map((block) => [block.title.text, valuesOf(block)])).toEqual([
      [
        'the target, over BAM (student only)',
        [
          { label: 'BAM without the mask on positives', gain: -1 },
          { label: 'BAM without the mask on positives', gain: 3 },
        ],
      ],
      ['entropy and temperature, over BAM (student only)', [{ label: 'BAM, entropy 0.1', gain: -4 }]],
    ]);
    await writeReport(report(bamExperiment, 'small', store), bamExperiment, 'small', store);
    const text = readFileSync(join(folder, 'bam/small/ablations.md'), 'utf8');
    expect(text).toContain('#### the target');
    expect(text).toContain('| BAM without the mask on positives');
    expect(readFileSync(join(folder, 'bam/small/ablations.svg'), 'utf8')).toContain('over BAM');
  });

  it('draws one line of loss an arm, in a band over its seeds', async () => {
    for (const seed of [0, 1, 2]) stored('simclr', seed, 40, 5 + seed);
    stored('bam', 0, 41, 7);
    const { charts } = report(bamExperiment, 'small', store);
    expect(valuesOf(charts.loss as object)).toEqual([
      { series: 'SimCLR', x: 1, y: 6, low: 5, high: 7 },
      { series: 'SimCLR', x: 2, y: 1, low: 1, high: 1 },
      { series: 'BAM (student only)', x: 1, y: 7 },
      { series: 'BAM (student only)', x: 2, y: 1 },
    ]);
    expect(await renderSvg(charts.loss as never)).toContain('BAM (student only)');
  });

  it('has no ablations where none is stored', async () => {
    stored('simclr', 0, 40);
    const { ablations, charts } = report(bamExperiment, 'small', store);
    expect(ablations).toEqual([]);
    expect(charts.ablations).toBeUndefined();
    await writeReport(report(bamExperiment, 'small', store), bamExperiment, 'small', store);
    expect(existsSync(join(folder, 'bam/small/ablations.md'))).toBe(false);
  });
});

describe('ablations', () => {
  it.each(Object.values(experiments))(
    'of $name change arms that exist, each a kind of change',
    (experiment) => {
      expect(experiment.ablations.length).toBeGreaterThan(0);
      for (const { title, arms } of experiment.ablations) {
        expect(title.length).toBeGreaterThan(3);
        expect(arms.length).toBeGreaterThan(1);
        expect(new Set(arms).size).toBe(arms.length);
        for (const arm of arms) expect(Object.keys(experiment.arms)).toContain(arm);
      }
    },
  );
});
