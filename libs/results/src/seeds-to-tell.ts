import type { IntervalOf } from './judge-claim.ts';
import { meanAndSpread } from './mean-and-spread.ts';

/** More seeds than this are not counted. */
export const MOST_SEEDS = 100;

/**
 * How many seeds it would take for every interval of the mean gain to lie on one side of a margin, if mean and spread stayed as they are in `gains`.
 *
 * A plan, not a promise: mean and spread of a few gains are themselves uncertain.
 *
 * @param gains - two or more, paired over seeds
 * @returns Infinity where `MOST_SEEDS` do not suffice
 *
 * @example
 * seedsToTell([0.4, 1.1, -0.2], 0, { t: (gains) => tInterval(gains, { confidence: 0.95 }) }); // 12
 */
export function seedsToTell(
  gains: readonly number[],
  margin: number,
  intervals: Readonly<Record<string, IntervalOf>>,
): number {
  const tells = (seeds: number): boolean => {
    const found = Object.values(intervals).map((of) => of(alike(gains, seeds)));
    return found.every(({ low }) => low > margin) || found.every(({ high }) => high < margin);
  };
  let [no, yes] = [gains.length - 1, gains.length];
  while (!tells(yes)) {
    if (yes === MOST_SEEDS) return Infinity;
    [no, yes] = [yes, Math.min(2 * yes, MOST_SEEDS)];
  }
  while (yes - no > 1) {
    const middle = Math.floor((no + yes) / 2);
    if (tells(middle)) yes = middle;
    else no = middle;
  }
  return yes;
}

/** So many gains with the mean and the spread of these: half a step above the mean, half below, and the mean itself where their number is odd. */
function alike(gains: readonly number[], count: number): number[] {
  const { mean, sd } = meanAndSpread(gains);
  const half = Math.floor(count / 2);
  const step = sd * Math.sqrt((count - 1) / (2 * half));
  return Array.from({ length: count }, (_, at) =>
    at === 2 * half ? mean : at < half ? mean + step : mean - step,
  );
}
