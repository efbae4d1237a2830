import { cpus } from 'node:os';
import { canonicalJson } from '@fovea/files';
import { compare, latest, RecordStore, type ResultRecord } from '@fovea/results';
import { describe, expect, it } from 'vitest';
import { armsOf, experiments, firstLosses, rememberedCode, runArm, type Experiment } from '../index.ts';

const PATIENCE = 300_000;
const codeToday = rememberedCode();

/** The stored run of an arm, when its settings are still those of today; a record of other settings waits for `npm run reproduce`. */
function storedRun(experiment: Experiment, arm: string): ResultRecord | undefined {
  const records = latest(new RecordStore().read({ experiment: experiment.name, profile: 'smoke', arm }));
  const settings = canonicalJson(JSON.parse(JSON.stringify(experiment.arms[arm].config('smoke'))));
  return records.find(({ seed, config }) => seed === 0 && canonicalJson(config) === settings);
}

/** Whether the record must be met to the bit: the same code on the same kind of processor. */
function isOfThisMachine({ code, provenance }: ResultRecord): boolean {
  return codeToday(code).digest === code.digest && provenance.cpu.model === cpus()[0].model;
}

describe.each(Object.values(experiments))('smoke of $name', (experiment) => {
  const arms = armsOf(experiment, 'smoke');
  const runs = arms.map((arm) => ({ arm, stored: storedRun(experiment, arm) }));
  const isUntrained = ({ arm }: { arm: string }): boolean =>
    experiment.arms[arm].config('smoke').method.name === 'untrained';

  it.for(runs.filter((run) => !isUntrained(run)))(
    'starts $arm with the losses of its record',
    { timeout: PATIENCE },
    async ({ arm, stored }, { skip }) => {
      if (stored === undefined) return skip('no record of these settings: npm run reproduce');
      const losses = await firstLosses({ experiment, arm, profile: 'smoke', seed: 0 });
      for (const [name, loss] of Object.entries(losses)) {
        const { value = NaN } = stored.metrics.find((metric) => metric.name === name) ?? {};
        const { rel } = experiment.gates[name];
        if (isOfThisMachine(stored)) expect(loss, name).toBe(value);
        else expect(Math.abs(loss - value), name).toBeLessThanOrEqual(rel * Math.abs(value));
      }
      expect(Object.keys(losses)).not.toHaveLength(0);
    },
  );

  it.for(runs.filter(isUntrained))(
    'evaluates the untrained network as its record has it',
    { timeout: PATIENCE },
    async ({ arm, stored }, { skip }) => {
      if (stored === undefined) return skip('no record of these settings: npm run reproduce');
      const fresh = await runArm({ experiment, arm, profile: 'smoke', seed: 0 });
      const found = compare(fresh, stored, { '*': { abs: 1, rel: 0, gate: true } });
      expect(found.metrics.filter(({ state }) => state !== 'pass')).toEqual([]);
    },
  );
});
