import { compare, type Comparison, type ComparisonState, type Gates } from './compare.ts';
import { latest, runName } from './latest.ts';
import type { ResultRecord } from './record.ts';

/** One run of a check. */
export interface CheckedRun {
  readonly run: string;
  readonly state: ComparisonState;
  /** Null when one side lacks the run; `reason` then says which. */
  readonly comparison: Comparison | null;
  readonly reason: string;
}

export interface CheckResult {
  readonly runs: readonly CheckedRun[];
  readonly counts: Readonly<Record<ComparisonState, number>>;
  /** True when a gated metric of any run regressed; nothing else fails a check. */
  readonly failed: boolean;
}

/**
 * Compares fresh records with a baseline run by run; a run that one side lacks is `incomparable`.
 *
 * @param gatesOf - the gates of an experiment
 */
export function checkRecords(
  fresh: readonly ResultRecord[],
  baseline: readonly ResultRecord[],
  gatesOf: (experiment: string) => Gates,
): CheckResult {
  const ours = new Map(latest(fresh).map((record) => [runName(record), record]));
  const theirs = new Map(latest(baseline).map((record) => [runName(record), record]));
  const runs = [...new Set([...theirs.keys(), ...ours.keys()])].sort().map((run) =>
    checkRun(run, ours.get(run), theirs.get(run), gatesOf),
  );
  const counts = { pass: 0, regressed: 0, improved: 0, incomparable: 0 };
  for (const { state } of runs) counts[state]++;
  return { runs, counts, failed: runs.some(({ comparison }) => comparison?.failed === true) };
}

/** A check as text: one line a run, every metric that did not pass below it, and the four counts. */
export function checkText({ runs, counts, failed }: CheckResult): string {
  const width = Math.max(0, ...runs.map(({ run }) => run.length));
  const lines = runs.flatMap(({ run, state, comparison, reason }) => [
    `${run.padEnd(width)}  ${state}${reason === '' ? '' : `: ${reason}`}`,
    ...metricLines(comparison),
  ]);
  const total = Object.entries(counts).map(([state, count]) => `${count} ${state}`);
  return [...lines, `${total.join(', ')}: ${failed ? 'failed' : 'ok'}`].join('\n');
}

function metricLines(comparison: Comparison | null): string[] {
  const moved = (comparison?.metrics ?? []).filter(({ state }) => state !== 'pass');
  return moved.map(({ metric, state, gated, ours, baseline, allowed, reason }) => {
    const what =
      state === 'incomparable' ? reason : `${short(baseline)} → ${short(ours)}, allowed ±${short(allowed)}`;
    return `    ${metric}: ${state}${gated ? '' : ' (not gated)'}: ${what}`;
  });
}

function checkRun(
  run: string,
  ours: ResultRecord | undefined,
  theirs: ResultRecord | undefined,
  gatesOf: (experiment: string) => Gates,
): CheckedRun {
  if (!ours || !theirs) {
    const reason = ours ? 'no baseline' : 'not run';
    return { run, state: 'incomparable', comparison: null, reason };
  }
  const comparison = compare(ours, theirs, gatesOf(ours.experiment));
  return { run, state: comparison.state, comparison, reason: '' };
}

function short(value: number | null): number | null {
  return value === null ? null : Number(value.toPrecision(6));
}
