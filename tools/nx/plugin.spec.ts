import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createNodesV2 } from './plugin.mjs';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'fovea-nx-'));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

async function projects(...files: string[]) {
  for (const file of files) {
    mkdirSync(join(root, dirname(file)), { recursive: true });
    writeFileSync(join(root, file), '{}');
  }
  const found = await createNodesV2[1](files, undefined, { workspaceRoot: root, nxJsonConfiguration: {} });
  return Object.assign({}, ...found.map(([, { projects: part }]) => part)) as NonNullable<
    (typeof found)[0][1]['projects']
  >;
}

describe('the Nx plugin', () => {
  it('gives a library with specs a cached test target, and one without specs none', async () => {
    writeIn('libs/losses/src/bam.spec.ts');
    const found = await projects('libs/losses/package.json', 'libs/data/package.json');
    expect(found['libs/losses']?.targets?.test).toMatchObject({
      command:
        'vitest run --root libs/losses --testTimeout 120000 --hookTimeout 120000 --reporter=default --reporter=junit --outputFile.junit=../../.fovea/reports/libs-losses.xml',
      cache: true,
      inputs: ['tests', '^sources', 'toolchain'],
      outputs: ['{workspaceRoot}/.fovea/reports/libs-losses.xml'],
    });
    expect(found['libs/data']?.targets).toBeUndefined();
  });
  it('ignores the specs of installed packages', async () => {
    writeIn('libs/data/node_modules/x/x.spec.ts');
    expect((await projects('libs/data/package.json'))['libs/data']?.targets).toBeUndefined();
  });
  it('makes a notebook a project that can be reproduced at each profile', async () => {
    const found = await projects('notebooks/bam/bam.ts', 'notebooks/bam/helper.ts');
    expect(Object.keys(found)).toEqual(['notebooks/bam']);
    const notebook = found['notebooks/bam'];
    expect(notebook?.name).toBe('notebook-bam');
    expect(notebook?.targets?.reproduce).toMatchObject({
      cache: true,
      command: 'fovea notebook run notebooks/bam --profile smoke --to .fovea/notebooks/smoke/bam.ipynb',
      outputs: ['{workspaceRoot}/results/bam/smoke', '{workspaceRoot}/.fovea/notebooks/smoke/bam.ipynb'],
    });
    expect(notebook?.targets?.['reproduce-small']).toMatchObject({
      command: 'fovea notebook run notebooks/bam --profile small --to notebooks/bam/bam.ipynb',
      outputs: ['{workspaceRoot}/results/bam/small', '{workspaceRoot}/notebooks/bam/bam.ipynb'],
    });
    expect(Object.keys(notebook?.targets ?? {})).toContain('reproduce-paper');
  });
  it('gives the workspace its checks, all of them cached', async () => {
    writeIn('tools/setup/steps/a.spec.mjs');
    const targets = (await projects('nx.json'))['.']?.targets ?? {};
    expect(Object.keys(targets).sort()).toEqual(
      ['format', 'lint', 'setup-test', 'tools-test', 'typecheck', 'unused'].sort(),
    );
    expect(Object.values(targets).every(({ cache }) => cache === true)).toBe(true);
    expect(targets['setup-test']?.command).toMatch(/node --test .*tools\/setup\/steps\/a\.spec\.mjs$/);
  });
});

function writeIn(file: string): void {
  mkdirSync(join(root, dirname(file)), { recursive: true });
  writeFileSync(join(root, file), '');
}
