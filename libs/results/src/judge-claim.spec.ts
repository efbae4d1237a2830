import { describe, expect, it } from 'vitest';
import { claimsTable } from './claims-table.ts';
import { exampleRecord } from './example-record.ts';
import { judgeClaim, type Claim, type IntervalOf } from './judge-claim.ts';
import type { Metric, ResultRecord } from './record.ts';

const metric = 'knn.k20.t0.07.top1';
const claim: Claim = {
  id: 'bam-beats-simclr',
  sentence: 'BAM beats SimCLR',
  source: 'paper, table 1',
  left: { arm: 'bam', metric },
  right: { arm: 'simclr', metric },
  margin: 0,
};
const run = (arm: string, seed: number, value: number, fields: Partial<Metric> = {}): ResultRecord => {
  const { metrics } = exampleRecord();
  return exampleRecord({ arm, seed, metrics: metrics.map((m) => ({ ...m, value, ...fields })) });
};
const runs = (bam: number[], simclr: number[], fields: Partial<Metric> = {}): ResultRecord[] => [
  ...bam.map((value, seed) => run('bam', seed, value, fields)),
  ...simclr.map((value, seed) => run('simclr', seed, value, fields)),
];
const range: IntervalOf = (gains) => ({ low: Math.min(...gains), high: Math.max(...gains) });
const wider: IntervalOf = (gains) => ({ low: Math.min(...gains) - 1, high: Math.max(...gains) + 1 });
const judge = (records: readonly ResultRecord[], of: Record<string, IntervalOf> = { range }) =>
  judgeClaim(claim, records, of);

describe('judgeClaim', () => {
  it('pairs over the seeds that both sides have', () => {
    const judged = judge([...runs([45, 47], [40, 41]), run('bam', 7, 99)]);
    expect(judged.gains).toEqual([
      { seed: 0, gain: 5 },
      { seed: 1, gain: 6 },
    ]);
    expect(judged).toMatchObject({ verdict: 'supported', mean: 5.5, unit: '%' });
    expect(judged.records).toHaveLength(4);
  });
  it('supports, contradicts or leaves open by where the intervals lie', () => {
    expect(judge(runs([45, 47], [40, 41])).verdict).toBe('supported');
    expect(judge(runs([40, 41], [45, 47])).verdict).toBe('contradicted');
    expect(judge(runs([40, 47], [45, 41]))).toMatchObject({
      verdict: 'inconclusive at this scale',
      reason: 'the range interval holds 0. More than 100 seeds would tell, were mean and spread to stay.',
    });
  });
  it('needs every interval to agree', () => {
    const records = runs([40.5, 41.2], [40, 40]);
    expect(judge(records).verdict).toBe('supported');
    expect(judge(records, { range, wider })).toMatchObject({
      verdict: 'inconclusive at this scale',
      reason: 'the wider interval holds 0. More than 100 seeds would tell, were mean and spread to stay.',
    });
  });
  it('never concludes from one seed, no seed, or no interval', () => {
    expect(judge(runs([50], [10]))).toMatchObject({ verdict: 'inconclusive at this scale', mean: 40 });
    expect(judge([])).toMatchObject({ verdict: 'inconclusive at this scale', mean: null, gains: [] });
    expect(judge(runs([50, 51], [10, 11]), {}).verdict).toBe('inconclusive at this scale');
  });
  it('asks for the margin that the claim states', () => {
    const by5 = { ...claim, margin: 5 };
    expect(judgeClaim(by5, runs([46, 47], [40, 40]), { range }).verdict).toBe('supported');
    expect(judgeClaim(by5, runs([43, 44], [40, 40]), { range }).verdict).toBe('contradicted');
  });
  it('counts a lower loss as a gain', () => {
    const fields = { direction: 'lower' as const, unit: 'nats' };
    expect(judge(runs([2, 3], [5, 7], fields)).gains.map(({ gain }) => gain)).toEqual([3, 4]);
  });
  it('compares two metrics of one arm', () => {
    const maps: Claim = {
      ...claim,
      left: { arm: 'x', metric: 'coverage.vda.share' },
      right: { arm: 'x', metric: 'coverage.gradcam.share' },
    };
    const one = (name: string, value: number): Metric => ({
      name,
      value,
      unit: '1',
      direction: 'higher',
      n: 9,
    });
    const records = [0, 1].map((seed) =>
      exampleRecord({
        arm: 'x',
        seed,
        metrics: [one('coverage.vda.share', 0.75 + seed), one('coverage.gradcam.share', 0.5)],
      }),
    );
    const judged = judgeClaim(maps, records, { range });
    expect(judged).toMatchObject({ verdict: 'supported', mean: 0.75 });
    expect(judged.records).toHaveLength(2);
  });
  it('refuses mixed scales, doubled runs and metrics that cannot be subtracted', () => {
    const records = runs([1, 2], [1, 2]);
    expect(() => judge([...records, exampleRecord({ profile: 'small' })])).toThrow('the records mix');
    expect(() => judge([...records, run('bam', 0, 5, { value: 6 })])).toThrow('has two records');
    const equal = runs([1, 2], [1, 2], { direction: 'equal' });
    expect(() => judge(equal)).toThrow('cannot be subtracted');
    const mixed = [run('bam', 0, 1), run('simclr', 0, 1, { unit: '1' })];
    expect(() => judge(mixed)).toThrow('cannot be subtracted');
  });
});

describe('claimsTable', () => {
  it('prints gain, widest interval, number of seeds, verdict and reason, and the source as a note', () => {
    const { rows, notes } = claimsTable([judge(runs([45, 47], [40, 41]), { range, wider }), judge([])]);
    expect(rows).toEqual([
      [
        'BAM beats SimCLR [1]',
        '+5.50 [4.00, 7.00] % (2)',
        'supported',
        'every interval of the gain lies above 0.',
      ],
      [
        'BAM beats SimCLR [1]',
        '–',
        'inconclusive at this scale',
        'no seed has both sides: without a spread nothing follows.',
      ],
    ]);
    expect(notes).toEqual(['paper, table 1']);
  });
});
