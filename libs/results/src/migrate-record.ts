import { RECORD_SCHEMA_VERSION } from './record.ts';

/** Turns a record of one schema version into the next one; a pure function of its argument. */
export type MigrationStep = (old: Readonly<Record<string, unknown>>) => Record<string, unknown>;

/** `steps[v]` turns version v into v + 1. Version 1 is the first, so there is none yet. */
const steps: Readonly<Record<number, MigrationStep>> = {};

/**
 * Brings a stored record to the newest schema version, one step at a time; a value of the newest version is returned as it is.
 *
 * @throws Error when the value is no object, has no version, or has one that no step leads on from
 */
export function migrateRecord(
  value: unknown,
  from: string,
  registry: Readonly<Record<number, MigrationStep>> = steps,
  newest: number = RECORD_SCHEMA_VERSION,
): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error(`${from}: a record must be a JSON object, got ${JSON.stringify(value)}.`);
  }
  let record = value as Record<string, unknown>;
  for (;;) {
    const version = record.schemaVersion;
    if (version === newest) return record;
    const step = typeof version === 'number' ? registry[version] : undefined;
    if (step === undefined) {
      throw new Error(
        `${from}: schemaVersion is ${JSON.stringify(version)}, but this Fovea reads up to ${newest}: update Fovea or run again.`,
      );
    }
    record = step(record);
    if (record.schemaVersion !== (version as number) + 1) {
      throw new Error(`${from}: the step from schema version ${version as number} did not raise it by one.`);
    }
  }
}
