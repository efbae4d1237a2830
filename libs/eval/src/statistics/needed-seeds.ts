import { normalCdf } from './normal.ts';
import { logGamma } from './special.ts';
import { studentCritical } from './student-t.ts';

const MOST = 100_000;

export interface NeededSeedsOptions {
  /** Difference of the means to be found, in the unit of `sd`. */
  readonly effect: number;
  /** `paired`: standard deviation of the differences a - b. `independent`: of each arm. */
  readonly sd: number;
  /** Two-sided level of the t-test, in (0, 1). */
  readonly alpha: number;
  /** Probability of finding the effect, in (alpha, 1). */
  readonly power: number;
  readonly design: 'paired' | 'independent';
}

/**
 * The smallest number of seeds (a arm) with which a two-sided t-test finds an effect with the power asked for.
 *
 * Power is exact under normality: P(|T'| > t_crit) with T' non-central t of `n - 1` (paired) or `2n - 2` (independent) degrees of freedom and
 * non-centrality `effect / sd * sqrt(n)` or `effect / sd * sqrt(n / 2)`.
 *
 * @throws Error for an effect or sd that is not > 0, levels out of range, or more than 100,000 seeds
 *
 * @example
 * neededSeeds({ effect: 1, sd: 1, alpha: 0.05, power: 0.8, design: 'paired' }); // 10
 */
export function neededSeeds(options: NeededSeedsOptions): number {
  const { effect, sd, alpha, power, design } = options;
  if (!(Math.abs(effect) > 0 && sd > 0)) {
    throw new Error(`neededSeeds: effect must not be 0 and sd must be > 0, got ${effect} and ${sd}.`);
  }
  if (!(alpha > 0 && alpha < power && power < 1)) {
    throw new Error(`neededSeeds: needs 0 < alpha < power < 1, got alpha ${alpha}, power ${power}.`);
  }
  const d = Math.abs(effect) / sd;
  const suffices = (n: number): boolean => {
    const df = design === 'paired' ? n - 1 : 2 * n - 2;
    return tTestPower(df, d * Math.sqrt(design === 'paired' ? n : n / 2), alpha) >= power;
  };
  let enough = 2;
  while (!suffices(enough)) {
    if (enough > MOST)
      throw new Error(`neededSeeds: an effect of ${d} standard deviations needs more than ${MOST} seeds.`);
    enough *= 2;
  }
  let tooFew = enough / 2; // power grows with n
  while (enough - tooFew > 1) {
    const middle = Math.floor((enough + tooFew) / 2);
    if (suffices(middle)) enough = middle;
    else tooFew = middle;
  }
  return enough;
}

/** Power of a two-sided t-test: P(|T'| > critical t) for T' non-central t: averages the normal tail over the distribution of the sample's own sd. */
export function tTestPower(df: number, shift: number, alpha: number): number {
  const critical = studentCritical(1 - alpha, df);
  // u = sample sd / true sd has density proportional to u^(df-1) exp(-df u^2 / 2): Simpson over all of its mass
  const logScale = Math.log(2) + (df / 2) * Math.log(df / 2) - logGamma(df / 2);
  const width = 12 / Math.sqrt(2 * df);
  const [low, high] = [Math.max(0, 1 - width), 1 + width];
  const steps = 2000;
  let sum = 0;
  for (let step = 0; step <= steps; step++) {
    const u = low + ((high - low) * step) / steps;
    const density =
      u === 0
        ? Number(df === 1) * Math.exp(logScale)
        : Math.exp(logScale + (df - 1) * Math.log(u) - (df * u * u) / 2);
    const tails = normalCdf(shift - critical * u) + normalCdf(-shift - critical * u);
    const weight = step === 0 || step === steps ? 1 : step % 2 === 1 ? 4 : 2;
    sum += weight * density * tails;
  }
  return (sum * (high - low)) / steps / 3;
}
