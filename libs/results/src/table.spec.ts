import { describe, expect, it } from 'vitest';
import { exampleRecord } from './example-record.ts';
import { latest } from './latest.ts';
import { meanAndSpread } from './mean-and-spread.ts';
import type { ResultRecord } from './record.ts';
import type { ReportedValue } from './reported-values.ts';
import { table } from './table.ts';
import { toMarkdown } from './to-markdown.ts';
import { toPlain } from './to-plain.ts';

const run = (arm: string, seed: number, value: number, fields: Partial<ResultRecord> = {}): ResultRecord => {
  const { metrics } = exampleRecord();
  return exampleRecord({ arm, seed, metrics: metrics.map((m) => ({ ...m, value })), ...fields });
};
const records = [run('simclr', 0, 40), run('simclr', 1, 42), run('bam', 0, 45, { tags: ['RECON'] })];
const reported: ReportedValue[] = [
  {
    experiment: 'bam',
    arm: 'bam',
    metric: 'knn.k20.t0.07.top1',
    value: 78.1,
    unit: '%',
    setting: 'ImageNet-1k, ViT-B/16, 400 epochs',
    source: "the authors' README",
    sure: 'primary',
  },
];

describe('meanAndSpread', () => {
  it('divides by n - 1', () => {
    const { mean, sd, n } = meanAndSpread([2, 4, 4, 4, 5, 5, 7, 9]);
    expect([mean, n]).toEqual([5, 8]);
    expect(sd).toBeCloseTo(Math.sqrt(32 / 7), 12);
  });
  it('has no spread for one value and refuses none', () => {
    expect(meanAndSpread([3])).toEqual({ mean: 3, sd: 0, n: 1 });
    expect(() => meanAndSpread([])).toThrow('must not be empty');
  });
});

describe('table', () => {
  it('prints mean ± sd (n), and no spread for a single seed', () => {
    expect(table(records).rows).toEqual([
      ['simclr', '41.00 ± 1.41 (2)'],
      ['bam [RECON]', '45.00 (1)'],
    ]);
    expect(table(records).columns.map(({ name }) => name)).toEqual(['arm', 'knn.k20.t0.07.top1 (%)']);
  });
  it('keeps reported values in a column of their own with setting, source and how sure', () => {
    const { columns, rows, notes } = table(records, { reported });
    expect(columns.map(({ name }) => name)).toEqual(['arm', 'knn.k20.t0.07.top1 (%)', 'reported']);
    expect(rows.map((row) => row[2])).toEqual(['–', '78.1 % [1]']);
    expect(notes).toEqual(["ImageNet-1k, ViT-B/16, 400 epochs; the authors' README (primary)"]);
  });
  it('orders and names the arms as told, and shows a missing metric as a dash', () => {
    const { rows } = table(records, {
      arms: ['bam', 'simclr'],
      labels: { bam: 'BAM' },
      metrics: ['knn.k20.t0.07.top1', 'linear.offline.top1'],
      digits: 1,
    });
    expect(rows).toEqual([
      ['BAM [RECON]', '45.0 (1)', '–'],
      ['simclr', '41.0 ± 1.4 (2)', '–'],
    ]);
  });
  it('refuses to mix scales', () => {
    expect(() => table([...records, run('bam', 1, 1, { profile: 'small' })])).toThrow('are different scales');
    expect(() => table([...records, run('bam', 1, 1, { config: { temperature: 9 } })])).toThrow(
      'differ in config',
    );
    const code = { digest: 'e'.repeat(64), parts: {} };
    expect(() => table([...records, run('bam', 1, 1, { code })])).toThrow('differ in code');
  });
  it('says so when arms ran on different code', () => {
    const code = { digest: 'e'.repeat(64), parts: {} };
    const { notes } = table([run('bam', 0, 1), run('simclr', 0, 1, { code })]);
    expect(notes).toEqual([expect.stringMatching(/^The arms ran on 2 versions of the code/)]);
  });
  it('lets one arm have its seed inside its config', () => {
    const seeds = [0, 1].map((seed) => run('bam', seed, 1, { config: { temperature: 1, seed } }));
    expect(table(seeds).rows).toEqual([['bam', '1.00 ± 0.00 (2)']]);
  });
  it('refuses one run twice, and latest() picks the newer', () => {
    const { provenance } = exampleRecord();
    const code = { digest: 'e'.repeat(64), parts: {} };
    const newer = run('bam', 0, 46, { code, provenance: { ...provenance, date: '2026-02-01T00:00:00Z' } });
    expect(() => table([run('bam', 0, 45), newer])).toThrow('has two records');
    expect(latest([run('bam', 0, 45), newer])).toEqual([newer]);
    expect(latest([newer, run('bam', 0, 45)])).toEqual([newer]);
  });
});

describe('printing', () => {
  it('aligns text for the terminal', () => {
    expect(toPlain(table(records, { reported }))).toBe(
      [
        'arm          knn.k20.t0.07.top1 (%)    reported',
        '───────────  ──────────────────────  ──────────',
        'simclr             41.00 ± 1.41 (2)           –',
        'bam [RECON]               45.00 (1)  78.1 % [1]',
        "[1] ImageNet-1k, ViT-B/16, 400 epochs; the authors' README (primary)",
      ].join('\n'),
    );
  });
  it('prints Markdown with aligned columns, escaped bars and numbered notes', () => {
    const text = toMarkdown(table(records, { reported, labels: { simclr: 'a|b' } })).split('\n');
    expect(text.slice(0, 3)).toEqual([
      '| arm         | knn.k20.t0.07.top1 (%) |   reported |',
      '| ----------- | ---------------------: | ---------: |',
      '| a\\|b        |       41.00 ± 1.41 (2) |          – |',
    ]);
    expect(text.slice(-2)[0]).toBe('');
    expect(text.at(-1)).toMatch(/^1\. ImageNet-1k/);
  });
});
