import { digestJson } from '@fovea/files';
import type { ResultRecord } from './record.ts';

/** What determines a run's result; wall time, date and machine are not among it. */
export type Determinants = Pick<
  ResultRecord,
  'experiment' | 'arm' | 'profile' | 'seed' | 'config' | 'datasets' | 'code'
>;

/**
 * Name of a record: the first 16 hexadecimal digits of the SHA-256 of what determines it.
 *
 * @throws TypeError when the config holds what JSON cannot (NaN, a function)
 */
export function recordId(run: Determinants): string {
  const { experiment, arm, profile, seed, config } = run;
  const datasets = run.datasets
    .map(({ name, digest }) => ({ name, digest }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return digestJson({ experiment, arm, profile, seed, config, datasets, code: run.code.digest }).slice(0, 16);
}
