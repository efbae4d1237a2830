import { recordId } from './record-id.ts';
import { RECORD_SCHEMA_VERSION, type ResultRecord } from './record.ts';

/** A small valid record for specs: any field may be given, the id follows from them. */
export function exampleRecord(fields: Partial<ResultRecord> = {}): ResultRecord {
  const record = {
    schemaVersion: RECORD_SCHEMA_VERSION,
    experiment: 'bam',
    arm: 'simclr',
    profile: 'smoke',
    seed: 0,
    config: { temperature: 0.5, epochs: 2, backbone: { name: 'resnet18', width: 16 } },
    datasets: [{ name: 'cifar10', digest: 'd'.repeat(64) }],
    code: { digest: 'c'.repeat(64), parts: { '@fovea/losses': 'c'.repeat(64) } },
    metrics: [{ name: 'knn.k20.t0.07.top1', value: 41.25, unit: '%', direction: 'higher', n: 2000 }],
    curves: [{ name: 'loss', unit: 'nats', x: 'epoch', at: [1, 2], values: [4.5, 3.25] }],
    tags: [],
    provenance: {
      command: 'fovea notebook run notebooks/bam',
      date: '2026-01-02T03:04:05.000Z',
      wallSeconds: 12.5,
      git: { commit: 'a'.repeat(40), dirty: false },
      lockDigest: 'b'.repeat(64),
      node: '20.19.0',
      platform: 'linux x64',
      backend: { name: 'tensorflow', version: '2.21.0' },
      threads: 2,
      cpu: { model: 'a processor', cores: 2, features: ['avx2'] },
    },
    ...fields,
  } satisfies Omit<ResultRecord, 'id'>;
  return { ...record, id: fields.id ?? recordId(record) };
}
