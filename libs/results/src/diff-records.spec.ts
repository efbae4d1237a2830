import { describe, expect, it } from 'vitest';
import { diffRecords, diffText } from './diff-records.ts';
import { exampleRecord } from './example-record.ts';
import { jsonChanges } from './json-changes.ts';
import { staleReasons } from './stale-reasons.ts';

describe('jsonChanges', () => {
  it('names every place by its path, whatever the order of keys', () => {
    expect(jsonChanges({ a: { b: [1, 2] }, c: 1 }, { c: 1, a: { b: [1, 3, 4] } })).toEqual([
      { path: 'a.b[1]', a: 2, b: 3 },
      { path: 'a.b[2]', a: undefined, b: 4 },
    ]);
    expect(jsonChanges({ a: 1, b: 2 }, { b: 2, a: 1 })).toEqual([]);
    expect(jsonChanges(null, {})).toEqual([{ path: '', a: null, b: {} }]);
  });
});

describe('diffRecords', () => {
  it('finds nothing but bit-equal metrics between a record and itself', () => {
    const diff = diffRecords(exampleRecord(), exampleRecord());
    const { metrics, ...rest } = diff;
    expect(Object.values(rest).flat()).toEqual([]);
    expect(metrics).toEqual([{ name: 'knn.k20.t0.07.top1', a: '41.25 %', b: '41.25 %', note: 'bit-equal' }]);
  });
  it('shows parameters, data, code, machine, metrics and curves on one screen', () => {
    const a = exampleRecord();
    const b = exampleRecord({
      arm: 'bam',
      config: { ...a.config, temperature: 0.1, teacher: null },
      datasets: [{ name: 'cifar10', digest: 'e'.repeat(64) }],
      code: { digest: 'e'.repeat(64), parts: { '@fovea/losses': 'e'.repeat(64) } },
      metrics: a.metrics.map((metric) => ({ ...metric, value: 45.375 })),
      curves: a.curves.map((curve) => ({ ...curve, values: [4.5, 3] })),
      provenance: { ...a.provenance, node: '24.0.0', git: null },
    });
    expect(diffText(diffRecords(a, b), a, b).split('\n')).toEqual([
      `A  ${a.id}  bam/smoke/simclr seed 0  2026-01-02T03:04:05.000Z`,
      `B  ${b.id}  bam/smoke/bam seed 0  2026-01-02T03:04:05.000Z`,
      '',
      'run',
      '  arm  simclr → bam',
      '',
      'parameters',
      '  teacher        – → null',
      '  temperature  0.5 → 0.1',
      '',
      'data',
      '  cifar10  dddddddddddd → eeeeeeeeeeee',
      '',
      'code',
      '  @fovea/losses  cccccccccccc → eeeeeeeeeeee',
      '',
      'machine',
      '  commit  aaaaaaaaaaaa → none',
      '  node         20.19.0 → 24.0.0',
      '',
      'metrics',
      '  knn.k20.t0.07.top1  41.25 % → 45.375 %  +4.125 (+10.0 %) better',
      '',
      'curves',
      '  loss  last 3.25 → last 3  differ from epoch 2 on',
    ]);
    expect(diffText(diffRecords(a, a), a, a)).toContain(
      'equal: run, parameters, data, code, machine, curves',
    );
  });
  it('says when a metric or curve is in one record only, and when units differ', () => {
    const a = exampleRecord();
    const none = exampleRecord({ metrics: [], curves: [] });
    expect(diffRecords(a, none).metrics[0]).toMatchObject({ b: '–', note: 'in one record only' });
    expect(diffRecords(none, a).curves[0]).toMatchObject({ a: '–', note: 'in one record only' });
    const share = exampleRecord({ metrics: a.metrics.map((metric) => ({ ...metric, unit: '1' })) });
    expect(diffRecords(a, share).metrics[0]?.note).toBe('units differ');
  });
});

describe('staleReasons', () => {
  const record = exampleRecord();
  it('is empty while nothing that is known changed', () => {
    expect(staleReasons(record, {})).toEqual([]);
    const { config, code, datasets } = record;
    expect(staleReasons(record, { config, code, datasets })).toEqual([]);
  });
  it('says which parameter changed, came or went', () => {
    const config = { temperature: 0.1, epochs: 2, backbone: { name: 'resnet18' }, seed: 3 };
    expect(staleReasons(record, { config })).toEqual([
      'config: backbone.width is gone, was 16',
      'config: seed is new: 3',
      'config: temperature was 0.5, is 0.1',
    ]);
    expect(staleReasons(record, { config: null })).toEqual([
      'config: the experiment has no arm simclr at this profile any more',
    ]);
  });
  it('says which package changed, came or went', () => {
    const was = { digest: 'a'.repeat(64), parts: { x: '1'.repeat(64), y: '1'.repeat(64) } };
    const now = { digest: 'b'.repeat(64), parts: { x: '2'.repeat(64), z: '1'.repeat(64) } };
    expect(staleReasons(exampleRecord({ code: was }), { code: now })).toEqual([
      'code: x changed',
      'code: y is not used any more',
      'code: z is used now',
    ]);
  });
  it('says which data set changed', () => {
    const datasets = [{ name: 'cifar10', digest: 'e'.repeat(64) }];
    expect(staleReasons(record, { datasets })).toEqual(['data: cifar10 changed']);
  });
});
