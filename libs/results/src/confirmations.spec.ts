import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfirmation, writeConfirmation } from './confirmations.ts';
import { exampleRecord } from './example-record.ts';
import { RecordStore } from './record-store.ts';

let store: RecordStore;
beforeEach(() => {
  store = new RecordStore(mkdtempSync(join(tmpdir(), 'fovea-confirmations-')));
});
afterEach(() => {
  rmSync(store.folder, { recursive: true });
});

const record = exampleRecord();
const { provenance } = record;
const confirmation = { record: record.id, code: 'e'.repeat(64), compared: 'all 1 metrics', provenance };
const path = () => join(store.folder, 'bam/smoke/confirmed', `${record.id}.json`);

describe('confirmations', () => {
  it('lie beside their records, are no records themselves, and give way to newer ones', () => {
    store.write(record);
    expect(readConfirmation(store, record)).toBeUndefined();
    writeConfirmation(store, record, confirmation);
    expect(readConfirmation(store, record)).toEqual(confirmation);
    expect(store.read()).toEqual([record]);
    writeConfirmation(store, record, { ...confirmation, code: 'f'.repeat(64) });
    expect(readConfirmation(store, record)?.code).toBe('f'.repeat(64));
  });

  it('are refused with the file and the remedy where they are damaged or of another record', () => {
    writeConfirmation(store, record, confirmation);
    writeFileSync(path(), readFileSync(path(), 'utf8').replace(record.id, '0123456789abcdef'));
    expect(() => readConfirmation(store, record)).toThrow(/confirms record 0123456789abcdef, not .*Delete it/);
    writeFileSync(path(), '{"record": 1');
    expect(() => readConfirmation(store, record)).toThrow(
      /confirmed\/\w+\.json: is no confirmation .*results confirm bam/s,
    );
  });
});
