import type { ResultRecord } from './record.ts';

/** The newest record of each run (experiment, profile, arm, seed), in the order of their first occurrence. */
export function latest(records: readonly ResultRecord[]): ResultRecord[] {
  const newest = new Map<string, ResultRecord>();
  for (const record of records) {
    const run = runName(record);
    const other = newest.get(run);
    if (!other || Date.parse(record.provenance.date) > Date.parse(other.provenance.date))
      newest.set(run, record);
  }
  return [...newest.values()];
}

/** `experiment/profile/arm seed n`: what a user calls one run. */
export function runName({ experiment, profile, arm, seed }: ResultRecord): string {
  return `${experiment}/${profile}/${arm} seed ${seed}`;
}
