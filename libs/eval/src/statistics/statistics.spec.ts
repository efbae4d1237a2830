import { key, normalArray, fold } from '@fovea/random';
import { describe, expect, it } from 'vitest';
import { bootstrapInterval, mean } from './bootstrap-interval.ts';
import { holm } from './holm.ts';
import { mannWhitney } from './mann-whitney.ts';
import { neededSeeds, tTestPower } from './needed-seeds.ts';
import { normalCdf, normalQuantile } from './normal.ts';
import { pairedPermutationTest } from './paired-permutation-test.ts';
import { pairedTTest } from './paired-t-test.ts';
import { pearson } from './pearson.ts';
import { spearman } from './spearman.ts';
import { studentCritical, studentTwoSided } from './student-t.ts';
import { summary } from './summary.ts';
import { tInterval } from './t-interval.ts';
import { welchTTest } from './welch-t-test.ts';
import { wilcoxon } from './wilcoxon.ts';

const near = (value: number, digits: number) => expect.closeTo(value, digits) as number;

// Reference figures: SciPy 1.17.1 on the same numbers. a - b holds a zero and ties.
const a = [71.2, 70.5, 70.5, 72, 69.9, 70.1, 71.2, 73];
const b = [70.2, 70.5, 69.5, 71.5, 70.4, 69.1, 71, 71];

describe('distributions', () => {
  it('give the normal distribution, far tail included', () => {
    expect(normalCdf(-8) / 6.22096057e-16).toBeCloseTo(1, 8);
    expect(normalCdf(-1.96)).toBeCloseTo(0.0249978951, 10);
    expect(normalCdf(0.3)).toBeCloseTo(0.617911422, 9);
    expect(normalQuantile(1e-6)).toBeCloseTo(-4.75342431, 8);
    expect(normalQuantile(0.8)).toBeCloseTo(0.84162123, 8);
  });

  it("give Student's t", () => {
    expect([1, 2, 4, 30].map((df) => studentCritical(0.95, df))).toEqual(
      [12.70620474, 4.30265273, 2.77644511, 2.04227246].map((t) => near(t, 7)),
    );
    expect(studentTwoSided(12, 3)).toBeCloseTo(0.0012450158007893362, 15);
    expect(studentTwoSided(1e-3, 3)).toBeCloseTo(0.9992648949694609, 14);
  });
});

describe('summary and intervals', () => {
  it('give mean, sd, sem and the t interval worked out by hand', () => {
    expect(summary([1, 2, 3, 4])).toEqual({ n: 4, mean: 2.5, sd: Math.sqrt(5 / 3), sem: Math.sqrt(5 / 12) });
    const { low, high } = tInterval([1, 3], { confidence: 0.95 });
    expect([low, high]).toEqual([near(2 - 12.70620474, 7), near(2 + 12.70620474, 7)]);
  });

  it('refuse one seed, NaN and a confidence in percent', () => {
    expect(() => summary([90.1])).toThrow(/needs at least 2 values, got 1; run more seeds/);
    expect(() => summary([90.1, NaN])).toThrow(/value 1 is NaN/);
    expect(() => tInterval([1, 2], { confidence: 95 })).toThrow(/confidence must lie in \(0, 1\), got 95/);
  });
});

describe('tests of a difference', () => {
  it('equal SciPy on ties and zero differences', () => {
    expect(wilcoxon(a, b)).toEqual({ W: 2.5, p: 0.0625 });
    expect(mannWhitney(a, b)).toEqual({ U: 43, p: near(0.2680268510332581, 12) });
    expect(pairedTTest(a, b)).toMatchObject({
      t: near(2.3848480035423663, 11),
      p: near(0.04853496079209296, 11),
    });
    expect(welchTTest(a, b)).toMatchObject({
      t: near(1.4006631928367983, 11),
      df: near(13.132300056238625, 9),
      p: near(0.1844986383824257, 11),
    });
    expect(pairedPermutationTest(a, b)).toMatchObject({ p: 0.0625, exact: true });
    expect(spearman(a, b)).toBeCloseTo(0.6969824975004192, 12);
    expect(pearson(a, b)).toBeCloseTo(0.677834213280471, 12);
  });

  it('use the normal approximation with tie correction beyond 50 pairs', () => {
    const x = Array.from({ length: 60 }, (_, at) => ((at + 1) % 17) * 0.5 + at * 0.1);
    const y = Array.from({ length: 60 }, (_, at) => (at % 13) * 0.7 + 2);
    expect(wilcoxon(x, y)).toEqual({ W: 554.5, p: near(0.00795624973095015, 8) });
  });

  it('do not depend on which sample comes first', () => {
    expect(wilcoxon(b, a)).toEqual(wilcoxon(a, b));
    expect(mannWhitney(b, a).p).toBe(mannWhitney(a, b).p);
    expect(pairedPermutationTest(b, a).p).toBe(pairedPermutationTest(a, b).p);
    expect(pairedTTest(b, a)).toMatchObject({ t: -pairedTTest(a, b).t, p: pairedTTest(a, b).p });
  });

  it('refuse samples that have nothing to compare', () => {
    expect(() => wilcoxon([1, 2], [1, 2])).toThrow(/none of the 2 pairs differs/);
    expect(() => mannWhitney([1, 1], [1])).toThrow(/all 3 values are 1/);
    expect(() => pairedTTest([2, 3], [1, 2])).toThrow(/all 2 differences are 1/);
    expect(() => welchTTest([2, 2], [1, 1])).toThrow(/needs a spread/);
    expect(() => pearson([1, 1], [1, 2])).toThrow(/all values of a are equal/);
    expect(() => pairedTTest([1, 2, 3], [1, 2])).toThrow(/a has 3 values and b has 2/);
  });
});

describe('pairedPermutationTest', () => {
  it('gives 2^(1-n) when every pair points the same way', () => {
    expect(pairedPermutationTest([2, 3, 4, 5, 6], [1, 1, 1, 1, 1])).toEqual({
      difference: 3,
      p: 2 / 32,
      exact: true,
    });
    expect(pairedPermutationTest([1, 2], [2, 1])).toEqual({ difference: 0, p: 1, exact: true });
  });

  it('counts by halves what plain enumeration counts', () => {
    const d = Array.from(normalArray(key(5), 11), (value) => Math.round(value * 4) / 4 + 0.25);
    const zero = d.map(() => 0);
    const observed = Math.abs(d.reduce((sum, value) => sum + value, 0));
    let hits = 0;
    for (let pattern = 0; pattern < 2048; pattern++) {
      const sum = d.reduce((total, value, at) => total + ((pattern >> at) & 1 ? value : -value), 0);
      if (Math.abs(sum) >= observed - 1e-9) hits++;
    }
    expect(pairedPermutationTest(d, zero).p).toBe(hits / 2048);
  });

  it('draws patterns by a key beyond 24 pairs, and near the exact answer', () => {
    const x = normalArray(fold(key(1), 'x'), 40, 0.4);
    const y = normalArray(fold(key(1), 'y'), 40);
    const draws = { resamples: 20_000, key: key(2) };
    const found = pairedPermutationTest(x, y, draws);
    expect(found).toEqual(pairedPermutationTest(x, y, draws));
    expect(found.exact).toBe(false);
    expect(Math.abs(found.p - pairedTTest(x, y).p)).toBeLessThan(0.02);
  });

  it('refuses draws that would be ignored, and their lack', () => {
    expect(() => pairedPermutationTest(a, b, { resamples: 10, key: key(0) })).toThrow(
      /draws would be ignored/,
    );
    expect(() => pairedPermutationTest(new Float64Array(25), new Float64Array(25))).toThrow(/give draws/);
  });
});

describe('bootstrapInterval', () => {
  const differences = a.map((value, at) => value - b[at]);
  const options = { confidence: 0.95, resamples: 20_000, key: key(0), statistic: mean };

  it('equals the BCa interval of SciPy within the noise of resampling', () => {
    const { low, high } = bootstrapInterval(differences, { ...options, method: 'bca' });
    expect(Math.abs(low - 0.1875)).toBeLessThan(0.03);
    expect(Math.abs(high - 1.1875)).toBeLessThan(0.03);
  });

  it('is a pure function of the key', () => {
    const run = (seed: number) =>
      bootstrapInterval(differences, { ...options, resamples: 100, method: 'percentile', key: key(seed) });
    expect(run(1)).toEqual(run(1));
    expect(run(1)).not.toEqual(run(2));
  });

  it('refuses BCa where nothing varies', () => {
    expect(() => bootstrapInterval([2, 2, 2], { ...options, method: 'bca' })).toThrow(/'bca' is undefined/);
    expect(bootstrapInterval([2, 2, 2], { ...options, method: 'percentile' })).toEqual({ low: 2, high: 2 });
  });
});

describe('holm', () => {
  it('steps down and never lets an adjusted p fall below a smaller one', () => {
    expect(holm([0.01, 0.04, 0.03])).toEqual([0.03, 0.06, 0.06]);
    expect(holm([0.5, 0.9])).toEqual([1, 1]);
    expect(() => holm([0.5, 1.2])).toThrow(/p-value 1 is 1.2/);
  });
});

describe('neededSeeds', () => {
  it('equals a search over the non-central t distribution', () => {
    const paired = (effect: number) =>
      neededSeeds({ effect, sd: 1, alpha: 0.05, power: 0.8, design: 'paired' });
    const independent = (effect: number) =>
      neededSeeds({ effect, sd: 1, alpha: 0.05, power: 0.9, design: 'independent' });
    expect([0.2, 0.5, 1, 2, 4].map(paired)).toEqual([199, 34, 10, 5, 3]);
    expect([0.2, 0.5, 1, 2, 4].map(independent)).toEqual([527, 86, 23, 7, 3]);
    expect(tTestPower(4, Math.sqrt(5), 0.05)).toBeCloseTo(0.40138991737179536, 9);
    expect(tTestPower(1, 4 * Math.sqrt(2), 0.05)).toBeCloseTo(0.34283571006507646, 8);
  });

  it('refuses no effect and effects beyond reach', () => {
    const options = { sd: 1, alpha: 0.05, power: 0.8, design: 'paired' } as const;
    expect(() => neededSeeds({ ...options, effect: 0 })).toThrow(/effect must not be 0/);
    expect(() => neededSeeds({ ...options, effect: 1e-4 })).toThrow(/more than 100000 seeds/);
  });
});
