import { codeDigestToday, staleReasons, type ResultRecord } from '@fovea/results';
import type { Experiment } from './experiment.ts';

/** Why a record no longer stands for what its arm would give today, a line a reason: settings and code; none while it does. */
export function recordStaleness(experiment: Experiment | undefined, record: ResultRecord): string[] {
  const arm =
    experiment !== undefined && Object.hasOwn(experiment.arms, record.arm)
      ? experiment.arms[record.arm]
      : null;
  const config =
    arm === null ? null : (JSON.parse(JSON.stringify(arm.config(record.profile))) as ResultRecord['config']);
  return staleReasons(record, { config, code: codeDigestToday(record.code) });
}
