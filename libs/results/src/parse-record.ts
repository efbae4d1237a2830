import type { z } from 'zod';
import { migrateRecord, type MigrationStep } from './migrate-record.ts';
import { recordId } from './record-id.ts';
import { recordSchema, type ResultRecord } from './record.ts';

/**
 * Checks that a value is a record and returns it, brought to the newest schema version.
 *
 * @param from - names the value in messages: a file, or the caller
 * @param steps - for tests: what turns older versions into newer ones
 * @throws Error with one line for each problem: where it came from, the path inside it, the value and what it must be
 *
 * @example
 * parseRecord(JSON.parse(text), 'results/bam/smoke/0123456789abcdef.json');
 */
export function parseRecord(
  value: unknown,
  from: string,
  steps?: Readonly<Record<number, MigrationStep>>,
): ResultRecord {
  const migrated = migrateRecord(value, from, steps);
  const parsed = recordSchema.safeParse(migrated, { reportInput: true });
  if (!parsed.success) throw new Error(parsed.error.issues.map((issue) => line(issue, from)).join('\n'));
  if (migrated !== value) return parsed.data; // an older record keeps the id that its own version gave it
  const id = recordId(parsed.data);
  if (parsed.data.id !== id) {
    throw new Error(`${from}: id is ${parsed.data.id}, but what determines the record hashes to ${id}.`);
  }
  return parsed.data;
}

function line(issue: z.core.$ZodIssue, from: string): string {
  const path = issue.path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('');
  const got = issue.input === undefined ? '' : `, got ${short(issue.input)}`;
  return `${from}: ${path.replace(/^\./, '') || 'the value'}: ${issue.message}${got}.`;
}

function short(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) as string | undefined);
  if (text === undefined) return typeof value;
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
