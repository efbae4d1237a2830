import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  codeDigestToday,
  recordId,
  RecordStore,
  sameResult,
  writeConfirmation,
  type ResultRecord,
} from '@fovea/results';
import { tf } from '@fovea/tensorflow';
import type * as Danfo from 'danfojs-node';
import { describe, expect, it } from 'vitest';
import {
  armOf,
  armsOf,
  bamExperiment,
  confirmRecord,
  describeOutcome,
  experiments,
  recordStaleness,
  report,
  runExperiment,
  type Experiment,
} from '../index.ts';

/** The BAM experiment on a few images, so that a run takes seconds. */
const tiny: Experiment = {
  ...bamExperiment,
  arms: Object.fromEntries(
    Object.entries(bamExperiment.arms).map(([name, arm]) => [
      name,
      {
        ...arm,
        config: (profile) => {
          const config = arm.config(profile);
          return {
            ...config,
            backbone: { ...config.backbone, width: 4 },
            data: { ...config.data, trainImages: 64, labelledImages: 200, testImages: 100 },
            training: { ...config.training, epochs: 2, batch: 32 },
          };
        },
      },
    ]),
  ),
};

/** The record as if it had been made before a change of the losses. */
function ofOlderCode(record: ResultRecord): ResultRecord {
  const parts = { ...record.code.parts, '@fovea/losses': '0'.repeat(64) };
  const older = { ...record, code: { digest: '1'.repeat(64), parts } };
  return { ...older, id: recordId(older) };
}

/** The record with losses and first metric that differ in the last bits. */
function withOneBitMore(record: ResultRecord): ResultRecord {
  const more = (value: number) => value * (1 + Number.EPSILON);
  const curves = record.curves.map((curve) => ({
    ...curve,
    values: curve.values.map((value) => more(value)),
  }));
  const metrics = record.metrics.map((metric, at) =>
    at === 0 ? { ...metric, value: more(metric.value) } : metric,
  );
  return { ...record, curves, metrics };
}

describe('an experiment', () => {
  it('has arms of one network, data, views, budget and evaluation, but for what an arm says that it changes', () => {
    for (const experiment of Object.values(experiments)) {
      for (const profile of ['smoke', 'small'] as const) {
        const [first] = Object.values(experiment.arms);
        const common = first.config(profile);
        for (const [name, arm] of Object.entries(experiment.arms)) {
          const { backbone, data, views, training, evaluation } = arm.config(profile);
          const { differs = [] } = arm;
          const shared = { views: views.recipe, backbone, training, data, evaluation };
          const theirs = { ...common, views: common.views.recipe };
          for (const part of ['views', 'backbone', 'training', 'data', 'evaluation'] as const) {
            if (differs.includes(part)) continue;
            expect(shared[part], `${name}: ${part}`).toEqual(theirs[part]);
          }
        }
      }
    }
  });

  it('compares arms at equal settings where smoke and small run them unasked', () => {
    for (const experiment of Object.values(experiments)) {
      for (const arm of armsOf(experiment, 'small')) expect(experiment.arms[arm].differs ?? []).toEqual([]);
    }
  });

  it('claims things of arms that it runs at small', () => {
    for (const experiment of Object.values(experiments)) {
      const arms = armsOf(experiment, 'small');
      for (const { left, right } of experiment.claims) {
        expect(arms).toContain(left.arm);
        expect(arms).toContain(right.arm);
      }
    }
  });

  it('names its arms when asked for one that it lacks', () => {
    expect(() => armOf(bamExperiment, 'nnclr')).toThrow('has no arm "nnclr"; it has untrained, simclr, bam');
  });

  it(
    'gives bit-equal records from one seed, stores them, and keeps the stored one when a metric falls behind',
    { timeout: 180_000 },
    async () => {
      const store = new RecordStore(mkdtempSync(join(tmpdir(), 'fovea-experiments-')));
      const request = { experiment: tiny, profile: 'smoke', store, progress: { write: () => true } } as const;
      const first = await runExperiment(request);
      const again = await runExperiment(request);
      expect(first.map(({ comparison }) => comparison)).toEqual([null, null, null]);
      again.forEach(({ record, comparison }, index) => {
        expect(sameResult(record, first[index].record)).toBe(true);
        expect(comparison?.state).toBe('pass');
      });
      const taken = await runExperiment({ ...request, reuse: true });
      expect(taken.map(({ reused, record }) => [reused, record.id])).toEqual(
        again.map(({ record }) => [true, record.id]),
      );
      expect(report(tiny, 'smoke', store).table.rows).toHaveLength(3);

      const [{ record }] = first;
      const better = {
        ...record,
        metrics: record.metrics.map((metric) => ({ ...metric, value: metric.value + 10 })),
      };
      store.write(better);
      const [outcome] = await runExperiment({ ...request, arms: [record.arm] });
      expect(outcome.comparison?.failed).toBe(true);
      expect(describeOutcome(outcome)).toContain('regressed');
      expect(store.read({ arm: record.arm })[0].metrics[0].value).toBe(better.metrics[0].value);
      rmSync(store.folder, { recursive: true });
    },
  );

  it(
    'is confirmed by a short run of changed code that gives the same bits, and by no other',
    { timeout: 180_000 },
    async () => {
      const store = new RecordStore(mkdtempSync(join(tmpdir(), 'fovea-experiments-')));
      const arms = ['untrained', 'bam'];
      const request = {
        experiment: tiny,
        arms,
        profile: 'smoke',
        store,
        progress: { write: () => true },
      } as const;
      for (const { record } of await runExperiment(request)) {
        const older = ofOlderCode(record);
        store.write(older);
        expect(recordStaleness(tiny, older, codeDigestToday, store)).toEqual(['code: @fovea/losses changed']);

        const { confirmation, differences } = await confirmRecord(tiny, older);
        expect(differences).toEqual([]);
        if (confirmation === undefined) throw new Error('no confirmation');
        expect(confirmation.compared).toBe(
          record.arm === 'bam' ? 'mean loss of epoch 1 of 2' : `all ${record.metrics.length} metrics`,
        );
        writeConfirmation(store, older, confirmation);
        expect(recordStaleness(tiny, older, codeDigestToday, store)).toEqual([]);
        writeConfirmation(store, older, { ...confirmation, code: older.code.digest });
        expect(recordStaleness(tiny, older, codeDigestToday, store)).toHaveLength(1);

        const other = await confirmRecord(tiny, withOneBitMore(older));
        expect(other.confirmation).toBeUndefined();
        expect(other.differences).toHaveLength(1);
        expect(other.differences[0]).toMatch(/the record holds .*, today's code gives /);
      }
      const threads = { ...store.read()[0].provenance, threads: 77 };
      await expect(confirmRecord(tiny, { ...store.read()[0], provenance: threads })).rejects.toThrow(
        'Set FOVEA_THREADS=77',
      );
      rmSync(store.folder, { recursive: true });
    },
  );
});

describe('danfojs', () => {
  it('shares the one TensorFlow and groups a table', () => {
    const danfo = createRequire(import.meta.url)('danfojs-node') as typeof Danfo;
    expect(danfo.tensorflow).toBe(tf);
    const frame = new danfo.DataFrame({ arm: ['a', 'b', 'a'], top1: [1, 2, 3] });
    expect(frame.groupby(['arm']).col(['top1']).mean().values).toEqual([
      ['a', 2],
      ['b', 2],
    ]);
  });
});
