import { describe, expect, it } from 'vitest';
import { compare, type Gates } from './compare.ts';
import { exampleRecord } from './example-record.ts';
import type { Metric, ResultRecord } from './record.ts';

const withMetric = (fields: Partial<Metric>): ResultRecord => {
  const record = exampleRecord();
  return { ...record, metrics: record.metrics.map((metric) => ({ ...metric, ...fields })) };
};
const gates = (abs: number, rel = 0, gate = true): Gates => ({ '*': { abs, rel, gate } });
const baseline = withMetric({ value: 40 });
const state = (value: number, allowed: Gates): string =>
  compare(withMetric({ value }), baseline, allowed).state;

describe('compare', () => {
  it('passes at the allowance and not a bit beyond it', () => {
    expect(state(39, gates(1))).toBe('pass');
    expect(state(38.999999, gates(1))).toBe('regressed');
    expect(state(41, gates(1))).toBe('pass');
    expect(state(41.000001, gates(1))).toBe('improved');
  });
  it('takes the larger of the absolute and the relative allowance', () => {
    expect(state(38, gates(0, 0.05))).toBe('pass');
    expect(state(37.9, gates(0, 0.05))).toBe('regressed');
    expect(state(37, gates(3, 0.05))).toBe('pass');
  });
  it('reads the direction of the metric', () => {
    const loss = (value: number): ResultRecord => withMetric({ value, direction: 'lower', unit: 'nats' });
    expect(compare(loss(2), loss(1), gates(0.5)).state).toBe('regressed');
    expect(compare(loss(1), loss(2), gates(0.5)).state).toBe('improved');
    const trace = (value: number): ResultRecord => withMetric({ value, direction: 'equal' });
    expect(compare(trace(2), trace(1), gates(0.5)).state).toBe('regressed');
    expect(compare(trace(1), trace(2), gates(0.5)).state).toBe('regressed');
    expect(compare(trace(1), trace(1), gates(0)).state).toBe('pass');
  });
  it('fails only on a gated regression', () => {
    const worse = withMetric({ value: 1 });
    expect(compare(worse, baseline, gates(0)).failed).toBe(true);
    const watched = compare(worse, baseline, gates(0, 0, false));
    expect(watched.failed).toBe(false);
    expect(watched.metrics[0]).toMatchObject({ state: 'regressed', gated: false });
    expect(compare(worse, baseline, {}).failed).toBe(false);
    expect(compare(withMetric({ value: 99 }), baseline, gates(0)).failed).toBe(false);
  });
  it.each([
    ['seed', { seed: 5 }],
    ['config', { config: { temperature: 0.25 } }],
    ['datasets', { datasets: [] }],
    ['profile', { profile: 'small' as const }],
  ])('calls records of different %s incomparable, and never fails on it', (name, change) => {
    const other = exampleRecord({ ...change, metrics: withMetric({ value: 1 }).metrics });
    const comparison = compare(other, baseline, gates(0));
    expect(comparison).toMatchObject({ state: 'incomparable', failed: false });
    expect(comparison.metrics[0]?.reason).toBe(`different ${name}`);
  });
  it('compares records of different code: that is what is being tested', () => {
    const code = { digest: 'e'.repeat(64), parts: {} };
    const other = exampleRecord({ code, metrics: withMetric({ value: 1 }).metrics });
    expect(compare(other, baseline, gates(0)).state).toBe('regressed');
  });
  it.each([
    [{ unit: '1' }, 'unit 1 is not %'],
    [{ n: 10 }, 'taken over 10 items, not 2000'],
    [{ name: 'knn.k5.top1' }, 'the baseline did not measure it'],
  ])('calls a metric with %o incomparable', (fields, reason) => {
    const { metrics, failed } = compare(withMetric(fields), baseline, gates(0));
    expect(failed).toBe(false);
    expect(metrics.map((metric) => metric.reason)).toContain(reason);
  });
  it('prefers the gate of a name to the one for all', () => {
    const named: Gates = { ...gates(0), 'knn.k20.t0.07.top1': { abs: 50, rel: 0, gate: true } };
    expect(state(1, named)).toBe('pass');
  });
  it('refuses an allowance that is negative or not a number', () => {
    expect(() => state(1, gates(-1))).toThrow('compare: gate *: abs must be >= 0, got -1.');
    expect(() => state(1, gates(0, NaN))).toThrow('rel must be >= 0, got NaN');
  });
});
