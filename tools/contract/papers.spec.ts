import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { workspaceRoot } from '@fovea/files';
import { armsOf, experimentMethod, experiments } from '@fovea/experiments';
import { readReportedValues, RecordStore } from '@fovea/results';
import { describe, expect, it } from 'vitest';

const root = workspaceRoot();
const folders = (parent: string): string[] =>
  readdirSync(join(root, parent), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules')
    .map(({ name }) => name);
const store = new RecordStore(join(root, 'results'));

describe.each(Object.values(experiments))('$name', (experiment) => {
  const { name } = experiment;

  it('has a page, claims and a notebook with its executed copy', () => {
    for (const file of [
      `experiments/${name}/experiment.ts`,
      `experiments/${name}/claims.ts`,
      `experiments/${name}/README.md`,
      `notebooks/${name}/${name}.ts`,
      `notebooks/${name}/${name}.ipynb`,
    ]) {
      expect(existsSync(join(root, file)), file).toBe(true);
    }
    expect(experiment.claims.length).toBeGreaterThan(0);
  });

  describe.each(['smoke', 'small'] as const)('at %s', (profile) => {
    it('has a record of every arm and seed that runs, and of no arm that is gone', () => {
      const stored = store.read({ experiment: name, profile });
      const runs = stored.map(({ arm, seed }) => `${arm} ${seed}`);
      const wanted = armsOf(experiment, profile).flatMap((arm) =>
        experiment.seeds[profile].map((seed) => `${arm} ${seed}`),
      );
      expect(runs).toEqual(expect.arrayContaining(wanted));
      for (const { arm } of stored) expect(Object.keys(experiment.arms)).toContain(arm);
    });

    it('shows its records in the tables and figures beside them', () => {
      for (const file of ['table.md', 'claims.md', 'accuracy.svg', 'accuracy.vl.json']) {
        expect(existsSync(join(root, 'results', name, profile, file)), file).toBe(true);
      }
    });
  });

  it('stands beside reported values that name their source', () => {
    const rows = readReportedValues().filter((row) => row.experiment === name);
    expect(rows.length).toBeGreaterThan(0);
    for (const { arm, source } of rows) {
      expect(Object.keys(experiment.arms)).toContain(arm);
      expect(source.length).toBeGreaterThan(5);
    }
  });

  it('marks what rests on a reconstruction', () => {
    for (const arm of Object.values(experiment.arms)) {
      const { method } = arm.config('small');
      if (method.name === 'untrained') continue;
      const { tags } = experimentMethod(method.name);
      if (tags.includes('RECON')) expect(arm.tags, arm.title).toContain('RECON');
    }
  });

  it('is named in the README', () => {
    const readme = readFileSync(join(root, 'README.md'), 'utf8');
    expect(readme.includes(`<!-- table:${name}/small -->`)).toBe(true);
  });
});

describe('the folders', () => {
  it('hold no experiment, notebook or result that nothing registers', () => {
    const names = Object.keys(experiments);
    expect(
      folders('experiments')
        .filter((name) => name !== 'shared')
        .sort(),
    ).toEqual([...names].sort());
    expect(folders('notebooks').sort()).toEqual([...names, 'overview', 'saliency'].sort());
    const known = [...names, 'benchmarks', 'parity', 'learns'];
    expect(folders('results').filter((name) => !known.includes(name))).toEqual([]);
  });
});
