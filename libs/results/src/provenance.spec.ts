import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { codeDigest, codeDigestToday } from './code-digest.ts';
import { provenance } from './provenance.ts';
import { provenanceSchema } from './record.ts';

const input = {
  command: 'a command',
  startedAt: new Date(Date.now() - 1500),
  backend: { name: 'tensorflow', version: '2.21.0', threads: 2 },
};
let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'fovea-provenance-'));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

describe('provenance', () => {
  it('of this checkout fits the schema', () => {
    const found = provenanceSchema.parse(provenance(input));
    expect(found.node).toBe(process.versions.node);
    expect(found.lockDigest).toMatch(/^[0-9a-f]{64}$/);
    expect(found.wallSeconds).toBeGreaterThanOrEqual(1.5);
  });
  it('is honest where there is no git and no lock file', () => {
    expect(provenance(input, root)).toMatchObject({ git: null, lockDigest: null });
  });
  it('calls a checkout dirty for a changed source and not for a new record', () => {
    const git = (...args: string[]): string =>
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.c', ...args], {
        cwd: root,
        encoding: 'utf8',
      });
    git('init', '-q');
    writeFileSync(join(root, 'a.ts'), '1');
    git('add', '.');
    git('commit', '-qm', 'one');
    const commit = git('rev-parse', 'HEAD').trim();
    mkdirSync(join(root, 'results'));
    writeFileSync(join(root, 'results/r.json'), '{}');
    expect(provenance(input, root).git).toEqual({ commit, dirty: false });
    writeFileSync(join(root, 'a.ts'), '2');
    expect(provenance(input, root).git).toEqual({ commit, dirty: true });
  });
});

describe('codeDigest', () => {
  const library = (name: string, source: string, dependencies: string[] = []): void => {
    mkdirSync(join(root, `libs/${name}/src`), { recursive: true });
    writeFileSync(join(root, `libs/${name}/src/index.ts`), source);
    const manifest = {
      dependencies: Object.fromEntries(dependencies.map((other) => [`@fovea/${other}`, '*'])),
    };
    writeFileSync(join(root, `libs/${name}/package.json`), JSON.stringify(manifest));
  };
  it('covers the libraries named and those they depend on, and no others', () => {
    library('random', '1');
    library('losses', '1', ['random']);
    library('data', '1');
    const before = codeDigest(['@fovea/losses'], root);
    expect(Object.keys(before.parts)).toEqual(['@fovea/losses', '@fovea/random']);
    library('data', '2');
    expect(codeDigest(['@fovea/losses'], root)).toEqual(before);
    library('random', '2');
    const after = codeDigest(['@fovea/losses'], root);
    expect(after.digest).not.toBe(before.digest);
    expect(after.parts['@fovea/losses']).toBe(before.parts['@fovea/losses']);
  });
  it('takes folders too, and does not depend on the order of the parts', () => {
    library('random', '1');
    mkdirSync(join(root, 'experiments/bam'), { recursive: true });
    writeFileSync(join(root, 'experiments/bam/experiment.ts'), '1');
    const digest = codeDigest(['experiments/bam', '@fovea/random'], root);
    expect(digest).toEqual(codeDigest(['@fovea/random', 'experiments/bam'], root));
  });
  it('of a record today equals the old one until a part changes, and leaves out a part that is gone', () => {
    library('random', '1');
    library('losses', '1', ['random']);
    const before = codeDigest(['@fovea/losses'], root);
    expect(codeDigestToday(before, root)).toEqual(before);
    library('losses', '2', ['random']);
    expect(codeDigestToday(before, root).parts['@fovea/random']).toBe(before.parts['@fovea/random']);
    expect(codeDigestToday(before, root).digest).not.toBe(before.digest);
    const gone = { digest: 'x', parts: { '@fovea/random': 'x', '@fovea/gone': 'x' } };
    expect(Object.keys(codeDigestToday(gone, root).parts)).toEqual(['@fovea/random']);
  });
  it('says which part it did not find', () => {
    expect(() => codeDigest(['@fovea/nothing'], root)).toThrow('codeDigest: @fovea/nothing is no library');
  });
});
