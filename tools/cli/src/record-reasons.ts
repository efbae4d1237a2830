import type { CodeToday } from '@fovea/experiments';
import type { ResultRecord } from '@fovea/results';

/** Why a stored record no longer stands for what its run would give today: settings, code and data. Loads libtensorflow when first called. */
export async function recordReasons(record: ResultRecord, code: CodeToday): Promise<string[]> {
  const { dataStaleness, experiments, recordStaleness } = await import('@fovea/experiments');
  const experiment = experiments[record.experiment];
  return [...recordStaleness(experiment, record, code), ...(await dataStaleness(experiment, record))];
}
