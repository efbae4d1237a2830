import { bamExperiment } from '@fovea/experiments';
import type { ResultRecord } from '@fovea/results';
import { describe, expect, it } from 'vitest';
import { expectedSeconds } from './expected-seconds.ts';

/** The record of a run that took so many seconds. */
const record = (arm: string, profile: 'smoke' | 'small', wallSeconds: number): ResultRecord =>
  ({
    experiment: 'bam',
    arm,
    profile,
    seed: 0,
    id: arm,
    config: JSON.parse(JSON.stringify(bamExperiment.arms[arm].config(profile))) as ResultRecord['config'],
    provenance: { wallSeconds, date: '2026-01-01T00:00:00.000Z' },
  }) as unknown as ResultRecord;

const seconds = (arm: string, records: readonly ResultRecord[]): number | null =>
  expectedSeconds(bamExperiment, { arm, profile: 'small' }, records);

describe('expectedSeconds', () => {
  const smoke = [record('untrained', 'smoke', 10), record('simclr', 'smoke', 50), record('bam', 'smoke', 30)];
  const { data: few, training: short } = bamExperiment.arms.simclr.config('smoke');
  const { data: many, training: long, evaluation } = bamExperiment.arms.simclr.config('small');
  if (few.name !== 'cifar10' || many.name !== 'cifar10') throw new Error('BAM runs on CIFAR-10.');
  const growth = (many.trainImages * long.epochs) / (few.trainImages * short.epochs);
  const { transfer } = evaluation;
  if (transfer === null) throw new Error('BAM is transferred at small.');
  const evaluated = many.labelledImages + many.testImages + transfer.trainImages + transfer.testImages;
  const looking = (10 * evaluated) / (few.labelledImages + few.testImages);

  it('scales what smoke took by the images that are trained on and evaluated', () => {
    expect(seconds('untrained', smoke)).toBeCloseTo(looking);
    expect(seconds('simclr', smoke)).toBeCloseTo(looking + 40 * growth);
  });
  it('takes an arm that smoke leaves out for the mean of the trained ones', () => {
    expect(seconds('byol', smoke)).toBeCloseTo(looking + 30 * growth);
  });
  it('takes the time of a run of the same size where there is one', () => {
    expect(seconds('simclr', [...smoke, record('simclr', 'small', 321)])).toBe(321);
  });
  it('knows nothing without records', () => {
    expect(seconds('simclr', [])).toBeNull();
  });
});
