import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { recordId, RECORD_SCHEMA_VERSION, recordText, type ResultRecord } from '@fovea/results';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { addResultsCommand } from './results.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fovea-cli-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

async function fovea(...args: string[]): Promise<string> {
  const lines: string[] = [];
  vi.spyOn(console, 'log').mockImplementation((line: string) => lines.push(line));
  const program = new Command('fovea').exitOverride();
  addResultsCommand(program);
  await program.parseAsync(['node', 'fovea', 'results', ...args]);
  return lines.join('\n');
}

function recordFile(name: string, temperature: number, value: number): string {
  const run = {
    experiment: 'bam',
    arm: 'bam',
    profile: 'smoke' as const,
    seed: 0,
    config: { temperature },
    datasets: [{ name: 'cifar10', digest: 'd'.repeat(64) }],
    code: { digest: 'c'.repeat(64), parts: {} },
  };
  const record: ResultRecord = {
    schemaVersion: RECORD_SCHEMA_VERSION,
    id: recordId(run),
    ...run,
    metrics: [{ name: 'knn.k20.top1', value, unit: '%', direction: 'higher', n: 10 }],
    curves: [],
    tags: [],
    provenance: {
      command: 'x',
      date: '2026-01-01T00:00:00Z',
      wallSeconds: 1,
      git: null,
      lockDigest: null,
      node: '20.19.0',
      platform: 'linux x64',
      backend: { name: 'tensorflow', version: '2.21.0' },
      threads: 1,
      cpu: { model: 'x', cores: 1, features: [] },
    },
  };
  const path = join(folder, name);
  writeFileSync(path, recordText(record));
  return path;
}

describe('fovea results diff', () => {
  it('shows how two record files differ', async () => {
    const text = await fovea('diff', recordFile('a.json', 0.5, 40), recordFile('b.json', 0.25, 41));
    expect(text).toContain('parameters\n  temperature  0.5 → 0.25');
    expect(text).toContain('knn.k20.top1  40 % → 41 %  +1.000 (+2.50 %) better');
  });
  it('says when a name fits no record', async () => {
    await expect(fovea('diff', 'zzzz', 'zzzz')).rejects.toThrow(
      'no file and no stored record has the name zzzz.',
    );
  });
});

describe('fovea results readme', () => {
  it('leaves a file without tables as it is', async () => {
    const path = join(folder, 'README.md');
    writeFileSync(path, '# title\n');
    expect(await fovea('readme', path)).toBe('');
    expect(readFileSync(path, 'utf8')).toBe('# title\n');
  });
  it('refuses a table of a profile that there is not', async () => {
    const path = join(folder, 'README.md');
    writeFileSync(path, '<!-- table:bam/large -->\n<!-- /table:bam/large -->\n');
    await expect(fovea('readme', path)).rejects.toThrow('table bam/large: the profile must be one of');
  });
});
