import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '@fovea/files';
import { z } from 'zod';
import { provenanceSchema, type Provenance, type ResultRecord } from './record.ts';
import { recordText } from './record-text.ts';
import type { RecordStore } from './record-store.ts';

/** That code which came after a record still gives what it holds, as far as was compared. */
export interface Confirmation {
  /** Id of the record. */
  readonly record: string;
  /** Digest of the code that gave the same. */
  readonly code: string;
  /** What was equal bit by bit. */
  readonly compared: string;
  /** Of the run that was compared. */
  readonly provenance: Provenance;
}

const schema = z.strictObject({
  record: z.string().regex(/^[0-9a-f]{16}$/),
  code: z.string(),
  compared: z.string(),
  provenance: provenanceSchema,
});

/** Stores a confirmation beside its record, `<experiment>/<profile>/confirmed/<id>.json`, in place of an older one. */
export function writeConfirmation(
  store: RecordStore,
  record: ResultRecord,
  confirmation: Confirmation,
): void {
  writeFileAtomic(pathOf(store, record), recordText(schema.parse(confirmation)));
}

/**
 * The confirmation of a record; undefined where it has none.
 *
 * @throws Error naming the file when it is damaged or of another record
 */
export function readConfirmation(store: RecordStore, record: ResultRecord): Confirmation | undefined {
  const path = pathOf(store, record);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const remedy = `Delete it and run npx fovea results confirm ${record.experiment} again.`;
  let confirmation: Confirmation;
  try {
    confirmation = schema.parse(JSON.parse(text));
  } catch (error) {
    throw new Error(`${path}: is no confirmation (${(error as Error).message}). ${remedy}`, { cause: error });
  }
  if (confirmation.record === record.id) return confirmation;
  throw new Error(`${path}: confirms record ${confirmation.record}, not ${record.id}. ${remedy}`);
}

function pathOf(store: RecordStore, { experiment, profile, id }: ResultRecord): string {
  return join(store.folder, experiment, profile, 'confirmed', `${id}.json`);
}
