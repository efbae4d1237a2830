import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { workspaceRoot } from '@fovea/files';
import { describe, expect, it } from 'vitest';
import { exampleRecord } from './example-record.ts';
import { migrateRecord } from './migrate-record.ts';
import { parseRecord } from './parse-record.ts';
import { recordId } from './record-id.ts';
import { recordJsonSchema } from './record-json-schema.ts';
import { recordText } from './record-text.ts';
import { resultDifferences, sameResult } from './same-result.ts';

const withMetric = (fields: object): unknown => {
  const record = exampleRecord();
  return { ...record, metrics: [{ ...record.metrics[0], ...fields }] };
};

describe('parseRecord', () => {
  it('returns a valid record unchanged', () => {
    expect(parseRecord(exampleRecord(), 'x.json')).toEqual(exampleRecord());
  });
  it('names the file, the path and the value of what is wrong', () => {
    expect(() => parseRecord(withMetric({ n: 0 }), 'bam/x.json')).toThrow(
      /^bam\/x\.json: metrics\[0\]\.n: .*got 0\.$/,
    );
    expect(() => parseRecord(withMetric({ direction: 'up' }), 'x.json')).toThrow(
      /metrics\[0\]\.direction: .*got "up"/,
    );
  });
  it('refuses a value that is not finite, so that a diverged run is no result', () => {
    expect(() => parseRecord(withMetric({ value: NaN }), 'x.json')).toThrow(/metrics\[0\]\.value: .*got NaN/);
  });
  it('refuses a metric whose name hides its protocol', () => {
    expect(() => parseRecord(withMetric({ name: 'accuracy' }), 'x.json')).toThrow('must name its protocol');
  });
  it('refuses keys that the schema does not know', () => {
    expect(() => parseRecord({ ...exampleRecord(), notes: 'x' }, 'x.json')).toThrow('"notes"');
  });
  it('refuses one metric name twice, and a curve whose arrays differ in length', () => {
    const { metrics, curves } = exampleRecord();
    const doubled = exampleRecord({ metrics: [...metrics, ...metrics] });
    expect(() => parseRecord(doubled, 'x.json')).toThrow('must not occur twice');
    const uneven = exampleRecord({ curves: curves.map((curve) => ({ ...curve, at: [1] })) });
    expect(() => parseRecord(uneven, 'x.json')).toThrow('curves[0]: at and values must be equally long');
  });
  it('refuses an id that is not the hash of what determines the record', () => {
    expect(() => parseRecord({ ...exampleRecord(), seed: 7 }, 'x.json')).toThrow('x.json: id is');
  });
});

describe('recordId', () => {
  it('depends on every determinant and on nothing else', () => {
    const base = exampleRecord();
    const changes = [
      { experiment: 'dilo' },
      { arm: 'bam' },
      { profile: 'small' as const },
      { seed: 1 },
      { config: { temperature: 0.1 } },
      { datasets: [{ name: 'cifar10', digest: 'e'.repeat(64) }] },
      { code: { digest: 'e'.repeat(64), parts: {} } },
    ];
    const ids = changes.map((change) => recordId({ ...base, ...change }));
    expect(new Set([base.id, ...ids]).size).toBe(changes.length + 1);
    const { provenance } = base;
    expect(
      exampleRecord({ metrics: [], tags: ['RECON'], provenance: { ...provenance, wallSeconds: 1 } }).id,
    ).toBe(base.id);
  });
  it('does not depend on the order of config keys or data sets', () => {
    const [a, b] = [
      { name: 'a', digest: '1'.repeat(64) },
      { name: 'b', digest: '2'.repeat(64) },
    ];
    expect(exampleRecord({ config: { x: 1, y: 2 }, datasets: [a, b] }).id).toBe(
      exampleRecord({ config: { y: 2, x: 1 }, datasets: [b, a] }).id,
    );
  });
});

describe('recordText', () => {
  it('sorts keys, keeps plain lists on one line and reads back equal', () => {
    const text = recordText(exampleRecord());
    expect(text).toContain('      "values": [4.5, 3.25],');
    expect(text.indexOf('"arm"')).toBeLessThan(text.indexOf('"code"'));
    expect(JSON.parse(text)).toEqual(exampleRecord());
    const reversed = Object.fromEntries(Object.entries(exampleRecord()).reverse());
    expect(recordText(reversed)).toBe(text);
  });
  it('keeps every bit of a number', () => {
    const values = [0.1 + 0.2, Math.fround(0.1), 5e-324, 1.7976931348623157e308, -1 / 3];
    expect(JSON.parse(recordText(values))).toEqual(values);
  });
});

describe('sameResult', () => {
  it('is true for one result with another time, commit and order of metrics', () => {
    const second = {
      name: 'linear.offline.top1',
      value: 50,
      unit: '%',
      direction: 'higher' as const,
      n: 2000,
    };
    const { metrics, provenance } = exampleRecord();
    const a = exampleRecord({ metrics: [...metrics, second] });
    const b = exampleRecord({
      metrics: [second, ...metrics],
      provenance: { ...provenance, wallSeconds: 99 },
    });
    expect(sameResult(a, b)).toBe(true);
  });
  it('is false for the last bit of a metric or a curve, and says which', () => {
    const a = exampleRecord();
    const b = exampleRecord({
      metrics: a.metrics.map((m) => ({ ...m, value: m.value * (1 + Number.EPSILON) })),
    });
    expect(sameResult(a, b)).toBe(false);
    const c = exampleRecord({ curves: [] });
    expect(resultDifferences(a, c)).toEqual([expect.stringMatching(/^curve loss: .* is not absent$/)]);
  });
});

describe('the committed JSON Schema', () => {
  it('equals what the zod schema generates (npx fovea results schema writes it)', () => {
    const path = join(workspaceRoot(), 'libs/results/record.schema.json');
    expect(readFileSync(path, 'utf8')).toBe(recordText(recordJsonSchema()));
  });
  it('is strict: it names every field as required and allows no other', () => {
    const schema = recordJsonSchema() as { required: string[]; additionalProperties: boolean };
    expect([...schema.required].sort()).toEqual(Object.keys(exampleRecord()).sort());
    expect(schema.additionalProperties).toBe(false);
  });
});

describe('migrateRecord', () => {
  const steps = {
    1: (old: object) => ({ ...old, schemaVersion: 2, tags: [] }),
    2: (old: object) => ({ ...old, schemaVersion: 3, seed: 0 }),
  };
  it('applies the steps in order and leaves the newest version alone', () => {
    expect(migrateRecord({ schemaVersion: 1, arm: 'bam' }, 'x', steps, 3)).toEqual({
      schemaVersion: 3,
      arm: 'bam',
      tags: [],
      seed: 0,
    });
    const newest = { schemaVersion: 3 };
    expect(migrateRecord(newest, 'x', steps, 3)).toBe(newest);
  });
  it('lets an older record keep its id, so that its file keeps its name', () => {
    const old = { ...exampleRecord(), schemaVersion: 0, seed: '7' };
    const step = (record: object) => ({ ...record, schemaVersion: 1, seed: 7 });
    expect(parseRecord(old, 'x.json', { 0: step })).toMatchObject({ id: old.id, seed: 7, schemaVersion: 1 });
    const broken = (record: object) => ({ ...record, schemaVersion: 1 });
    expect(() => parseRecord(old, 'x.json', { 0: broken })).toThrow('x.json: seed: ');
  });
  it('refuses what it cannot bring up to date', () => {
    expect(() => migrateRecord({ schemaVersion: 9 }, 'x.json')).toThrow('x.json: schemaVersion is 9');
    expect(() => migrateRecord({}, 'x.json')).toThrow('schemaVersion is undefined');
    expect(() => migrateRecord([], 'x.json')).toThrow('must be a JSON object');
    expect(() => migrateRecord({ schemaVersion: 1 }, 'x', { 1: (old) => ({ ...old }) }, 2)).toThrow(
      'did not raise it by one',
    );
  });
});
