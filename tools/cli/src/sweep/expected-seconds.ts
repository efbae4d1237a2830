import { armOf, type Experiment, type RunConfig } from '@fovea/experiments';
import { latest, type ResultRecord } from '@fovea/results';
import type { SweepTask } from './sweep-tasks.ts';

/**
 * How long a run takes on two cores: as its stored record took, whatever its seed; else from the records of `smoke`, by the images that are
 * seen in training and those that are evaluated.
 *
 * An arm that `smoke` leaves out is taken for the mean of the trained arms. Null where neither profile has a record, and for `paper`.
 */
export function expectedSeconds(
  experiment: Experiment,
  { arm, profile }: Pick<SweepTask, 'arm' | 'profile'>,
  records: readonly ResultRecord[],
): number | null {
  const own = latest(records).filter((record) => record.experiment === experiment.name);
  const config = armOf(experiment, arm).config(profile);
  const sameSize = own.filter(
    (record) =>
      record.profile === profile && record.arm === arm && trained(record.config) === trained(config),
  );
  if (sameSize.length > 0) return mean(sameSize.map(({ provenance }) => provenance.wallSeconds));
  const smoke = own.filter((record) => record.profile === 'smoke');
  const untrained = smoke.find((record) => isUntrained(record.config));
  if (profile === 'paper' || untrained === undefined) return null;
  const base = untrained.provenance.wallSeconds;
  const looking = (base * evaluated(config)) / evaluated(untrained.config);
  if (isUntrained(config)) return looking;
  const alike = smoke.filter((record) => record.arm === arm);
  const others = smoke.filter((record) => !isUntrained(record.config));
  const rates = (alike.length > 0 ? alike : others).map(
    ({ provenance, config: was }) => Math.max(0, provenance.wallSeconds - base) / trained(was),
  );
  return rates.length === 0 ? null : looking + mean(rates) * trained(config);
}

type Config = ResultRecord['config'] | RunConfig;

function isUntrained(config: Config): boolean {
  return (config as RunConfig).method.name === 'untrained';
}

/** Images that training sees, each as often as it does. */
function trained(config: Config): number {
  const { training, data, views } = config as RunConfig;
  if (data.name === 'photographs') return NaN;
  return data.trainImages * (training.epochs + (views.regions?.firstEpochs ?? 0));
}

/** Images whose features are evaluated. */
function evaluated(config: Config): number {
  const { data, evaluation } = config as RunConfig;
  if (data.name === 'photographs') return NaN;
  const { transfer, backgrounds } = evaluation;
  const other = transfer === null ? 0 : transfer.trainImages + transfer.testImages;
  return data.labelledImages + data.testImages * (backgrounds ? 9 : 1) + other;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
