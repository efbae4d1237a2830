import { runName } from './latest.ts';
import { meanAndSpread } from './mean-and-spread.ts';
import type { Metric, ResultRecord } from './record.ts';
import { MOST_SEEDS, seedsToTell } from './seeds-to-tell.ts';

/** One side of a claim: a metric of an arm. */
export interface ClaimSide {
  readonly arm: string;
  readonly metric: string;
}

/** A sentence of a paper as a test over records: `left` is better than `right` by more than `margin`. */
export interface Claim {
  readonly id: string;
  /** The sentence, in words. */
  readonly sentence: string;
  /** Where the paper says it. */
  readonly source: string;
  readonly left: ClaimSide;
  readonly right: ClaimSide;
  /** In the metric's unit; 0 for "better at all". */
  readonly margin: number;
}

/** A confidence interval of the mean of paired gains, such as a bootstrap interval or Student's. */
export type IntervalOf = (gains: readonly number[]) => { readonly low: number; readonly high: number };

export interface Interval {
  readonly name: string;
  readonly low: number;
  readonly high: number;
}

export interface Judgement {
  readonly claim: Claim;
  readonly verdict: 'supported' | 'contradicted' | 'inconclusive at this scale';
  /** Gain of left over right for each seed that both have, positive where left is better. */
  readonly gains: readonly { readonly seed: number; readonly gain: number }[];
  readonly mean: number | null;
  readonly intervals: readonly Interval[];
  readonly unit: string;
  /** In one sentence, why the verdict is what it is. */
  readonly reason: string;
  /** Ids of the records that it rests on. */
  readonly records: readonly string[];
}

/**
 * Judges a claim over the records of one experiment and profile, paired over seeds.
 *
 * `supported` when every interval of the mean gain lies above the margin, `contradicted` when every interval lies below it, else
 * `inconclusive at this scale`. Give at least two kinds of interval: with a few seeds a bootstrap interval alone is too narrow.
 *
 * @throws Error when the records mix scales, hold a run twice, or the two metrics cannot be subtracted (unit, direction)
 *
 * @example
 * judgeClaim(claim, records, { bootstrap: (gains) => bootstrapInterval(gains, options), t: (gains) => tInterval(gains, { confidence: 0.95 }) });
 */
export function judgeClaim(
  claim: Claim,
  records: readonly ResultRecord[],
  intervals: Readonly<Record<string, IntervalOf>>,
): Judgement {
  checkRecords(claim, records);
  const pairs = pairsOf(claim, records);
  const gains = pairs.map(({ seed, left, right }) => ({ seed, gain: gainOf(claim, left, right) }));
  const values = gains.map(({ gain }) => gain);
  const base = { claim, gains, unit: pairs[0]?.left.unit ?? '', records: pairs.flatMap(({ ids }) => ids) };
  if (values.length < 2) {
    const reason = `${values.length === 1 ? 'one seed has' : 'no seed has'} both sides: without a spread nothing follows.`;
    const mean = values.length === 1 ? values[0] : null;
    return { ...base, verdict: 'inconclusive at this scale', mean, intervals: [], reason };
  }
  const found = Object.entries(intervals).map(([name, of]) => ({ name, ...of(values) }));
  const { mean } = meanAndSpread(values);
  const judged = verdictOf(found, claim.margin);
  const open = judged.verdict === 'inconclusive at this scale' && found.length > 0;
  const reason = open
    ? `${judged.reason} ${power(seedsToTell(values, claim.margin, intervals))}`
    : judged.reason;
  return { ...base, mean, intervals: found, ...judged, reason };
}

function power(seeds: number): string {
  const count = seeds === Infinity ? `More than ${MOST_SEEDS}` : `About ${seeds}`;
  return `${count} seeds would tell, were mean and spread to stay.`;
}

function verdictOf(intervals: readonly Interval[], margin: number): Pick<Judgement, 'verdict' | 'reason'> {
  const all = intervals.length > 0;
  if (all && intervals.every(({ low }) => low > margin)) {
    return { verdict: 'supported', reason: `every interval of the gain lies above ${margin}.` };
  }
  if (all && intervals.every(({ high }) => high < margin)) {
    return { verdict: 'contradicted', reason: `every interval of the gain lies below ${margin}.` };
  }
  const wide = intervals.filter(({ low, high }) => low <= margin && margin <= high).map(({ name }) => name);
  return {
    verdict: 'inconclusive at this scale',
    reason:
      wide.length > 0
        ? `the ${wide.join(' and the ')} ${wide.length > 1 ? 'intervals hold' : 'interval holds'} ${margin}.`
        : 'the intervals disagree.',
  };
}

interface Pair {
  readonly seed: number;
  readonly left: Metric;
  readonly right: Metric;
  readonly ids: readonly string[];
}

function pairsOf({ left, right }: Claim, records: readonly ResultRecord[]): Pair[] {
  const side = ({ arm, metric }: ClaimSide, seed: number): [Metric, string] | undefined => {
    const record = records.find((one) => one.arm === arm && one.seed === seed);
    const found = record?.metrics.find(({ name }) => name === metric);
    return record && found && [found, record.id];
  };
  const seeds = [...new Set(records.map(({ seed }) => seed))].sort((a, b) => a - b);
  return seeds.flatMap((seed) => {
    const [a, b] = [side(left, seed), side(right, seed)];
    return a && b ? [{ seed, left: a[0], right: b[0], ids: [...new Set([a[1], b[1]])] }] : [];
  });
}

function gainOf(claim: Claim, left: Metric, right: Metric): number {
  if (left.unit !== right.unit || left.direction !== right.direction || left.direction === 'equal') {
    throw new Error(
      `judgeClaim: ${claim.id}: ${left.name} (${left.unit}, ${left.direction}) and ${right.name} (${right.unit}, ${right.direction}) cannot be subtracted: name metrics of one unit and one direction.`,
    );
  }
  return left.direction === 'higher' ? left.value - right.value : right.value - left.value;
}

function checkRecords(claim: Claim, records: readonly ResultRecord[]): void {
  const scales = new Set(records.map(({ experiment, profile }) => `${experiment}/${profile}`));
  if (scales.size > 1) {
    throw new Error(
      `judgeClaim: ${claim.id}: the records mix ${[...scales].join(' and ')}: judge each alone.`,
    );
  }
  const seen = new Set<string>();
  for (const record of records) {
    const run = runName(record);
    if (seen.has(run))
      throw new Error(`judgeClaim: ${claim.id}: ${run} has two records: pass latest(records).`);
    seen.add(run);
  }
}
