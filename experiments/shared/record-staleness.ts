import {
  codeDigestToday,
  readConfirmation,
  RecordStore,
  staleReasons,
  type ResultRecord,
} from '@fovea/results';
import { dataDigests } from './data-digests.ts';
import type { Experiment } from './experiment.ts';
import type { RunConfig } from './run-config.ts';

/** The code of today for the parts that a record names; give one that remembers where many records are looked at. */
export type CodeToday = (code: ResultRecord['code']) => ResultRecord['code'];

/** Hashes the sources once for each list of parts. */
export function rememberedCode(): CodeToday {
  const found = new Map<string, ResultRecord['code']>();
  return (code) => {
    const parts = Object.keys(code.parts).join();
    const today = found.get(parts) ?? codeDigestToday(code);
    found.set(parts, today);
    return today;
  };
}

/**
 * Why a record no longer stands for what its arm would give today, a line a reason: settings and code; none while it does.
 *
 * Code that has changed is no reason where `results confirm` found that it gives the same.
 */
export function recordStaleness(
  experiment: Experiment | undefined,
  record: ResultRecord,
  codeToday: CodeToday = codeDigestToday,
  store: RecordStore = new RecordStore(),
): string[] {
  const settings = settingsToday(experiment, record);
  const config = settings && (JSON.parse(JSON.stringify(settings)) as ResultRecord['config']);
  const code = codeToday(record.code);
  const isConfirmed = readConfirmation(store, record)?.code === code.digest;
  return staleReasons(record, { config, ...(!isConfirmed && { code }) });
}

/**
 * What has changed in the data of a record's run, a line a part. Parts whose digest is not known without loading them (few labels, the user's
 * photographs) are left out.
 */
export async function dataStaleness(
  experiment: Experiment | undefined,
  record: ResultRecord,
): Promise<string[]> {
  const settings = settingsToday(experiment, record);
  if (settings === null) return [];
  const today = await dataDigests(settings);
  const known = new Set(today.map(({ name }) => name));
  const datasets = record.datasets.filter(({ name }) => known.has(name));
  return staleReasons({ ...record, datasets }, { datasets: [...today] });
}

/** The settings of a record's arm today; null when there is no such arm any more. */
function settingsToday(experiment: Experiment | undefined, { arm, profile }: ResultRecord): RunConfig | null {
  if (experiment === undefined || !Object.hasOwn(experiment.arms, arm)) return null;
  return experiment.arms[arm].config(profile);
}
