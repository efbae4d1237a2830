import { canonicalJson } from '@fovea/files';
import type { Direction, Metric, ResultRecord } from './record.ts';

/** How far a metric may move. The larger of the two allowances counts, so that a small value has a floor and a large one a share. */
export interface Gate {
  /** Allowance in the metric's unit. */
  readonly abs: number;
  /** Allowance as a share of the baseline's value. */
  readonly rel: number;
  /** False: the state is shown but never fails a check. */
  readonly gate: boolean;
  /** Default: the direction that the metric itself carries. */
  readonly direction?: Direction;
}

/** A gate for each metric name; `*` serves names that are not listed. */
export type Gates = Readonly<Record<string, Gate>>;

export type ComparisonState = 'pass' | 'regressed' | 'improved' | 'incomparable';

/** One metric of our record beside the baseline's. */
export interface MetricComparison {
  readonly metric: string;
  readonly state: ComparisonState;
  readonly gated: boolean;
  readonly ours: number | null;
  readonly baseline: number | null;
  readonly allowed: number;
  /** Why the two cannot be compared; empty otherwise. */
  readonly reason: string;
}

export interface Comparison {
  /** The worst state: a gated regression, else incomparable, else improved, else pass. */
  readonly state: ComparisonState;
  /** True when a gated metric regressed; nothing else fails a check. */
  readonly failed: boolean;
  readonly metrics: readonly MetricComparison[];
}

/**
 * Compares a record with a baseline metric by metric: with d = ours - baseline and a = max(abs, rel |baseline|),
 * `pass` when |d| <= a, else `improved` or `regressed` by the metric's direction. Code may differ, that is what is being tested;
 * when arm, seed, config or data differ, or the unit does, the state is `incomparable`, which never fails.
 *
 * @throws RangeError when an allowance is negative or not finite
 *
 * @example
 * compare(fresh, committed, { '*': { abs: 0, rel: 0.02, gate: true } }).failed; // false
 */
export function compare(ours: ResultRecord, baseline: ResultRecord, gates: Gates): Comparison {
  for (const [name, gate] of Object.entries(gates)) checkGate(name, gate);
  const reason = whyIncomparable(ours, baseline);
  const names = [...new Set([...baseline.metrics, ...ours.metrics].map(({ name }) => name))].sort();
  const metrics = names.map((name) =>
    compareMetric(name, find(ours, name), find(baseline, name), gates[name] ?? gates['*'], reason),
  );
  const failed = metrics.some(({ state, gated }) => gated && state === 'regressed');
  const has = (state: ComparisonState): boolean =>
    metrics.some((metric) => metric.gated && metric.state === state);
  const state = failed ? 'regressed' : (['incomparable', 'improved'] as const).find(has);
  return { state: state ?? (reason === '' ? 'pass' : 'incomparable'), failed, metrics };
}

function compareMetric(
  metric: string,
  ours: Metric | undefined,
  baseline: Metric | undefined,
  gate: Gate | undefined,
  reason: string,
): MetricComparison {
  const values = { ours: ours?.value ?? null, baseline: baseline?.value ?? null };
  const gated = gate?.gate ?? false;
  const row = { metric, gated, ...values, allowed: 0, reason: '' };
  const obstacle = reason || metricObstacle(ours, baseline);
  if (obstacle || !ours || !baseline) return { ...row, state: 'incomparable', reason: obstacle };
  const allowed = gate ? Math.max(gate.abs, gate.rel * Math.abs(baseline.value)) : 0;
  const change = ours.value - baseline.value;
  return { ...row, allowed, state: stateOf(change, allowed, gate?.direction ?? baseline.direction) };
}

function stateOf(change: number, allowed: number, direction: Direction): ComparisonState {
  if (Math.abs(change) <= allowed) return 'pass';
  if (direction === 'equal') return 'regressed';
  return change > 0 === (direction === 'higher') ? 'improved' : 'regressed';
}

function metricObstacle(ours: Metric | undefined, baseline: Metric | undefined): string {
  if (!ours) return 'we did not measure it';
  if (!baseline) return 'the baseline did not measure it';
  if (ours.unit !== baseline.unit) return `unit ${ours.unit} is not ${baseline.unit}`;
  if (ours.direction !== baseline.direction)
    return `direction ${ours.direction} is not ${baseline.direction}`;
  if (ours.n !== baseline.n) return `taken over ${ours.n} items, not ${baseline.n}`;
  return '';
}

function whyIncomparable(ours: ResultRecord, baseline: ResultRecord): string {
  const keys = ['experiment', 'arm', 'profile', 'seed', 'config', 'datasets'] as const;
  const different = keys.filter((name) => canonicalJson(ours[name]) !== canonicalJson(baseline[name]));
  return different.length === 0 ? '' : `different ${different.join(', ')}`;
}

function find(record: ResultRecord, name: string): Metric | undefined {
  return record.metrics.find((metric) => metric.name === name);
}

function checkGate(name: string, { abs, rel }: Gate): void {
  for (const [field, value] of Object.entries({ abs, rel })) {
    if (!(Number.isFinite(value) && value >= 0)) {
      throw new RangeError(`compare: gate ${name}: ${field} must be >= 0, got ${value}.`);
    }
  }
}
