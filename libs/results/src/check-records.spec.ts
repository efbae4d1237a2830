import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkRecords, checkText } from './check-records.ts';
import { exampleRecord } from './example-record.ts';
import { RecordStore } from './record-store.ts';
import { recordsAtCommit } from './records-at-commit.ts';
import type { ResultRecord } from './record.ts';

const run = (arm: string, value: number): ResultRecord => {
  const { metrics } = exampleRecord();
  return exampleRecord({ arm, metrics: metrics.map((metric) => ({ ...metric, value })) });
};
const gates = () => ({ '*': { abs: 1, rel: 0, gate: true } });

describe('checkRecords', () => {
  const baseline = [run('a', 40), run('b', 40), run('c', 40), run('d', 40)];
  it('prints the four states and fails only on a regression', () => {
    const fresh = [run('a', 40.5), run('b', 38), run('c', 42), run('e', 40)];
    const result = checkRecords(fresh, baseline, gates);
    expect(result.failed).toBe(true);
    expect(result.counts).toEqual({ pass: 1, regressed: 1, improved: 1, incomparable: 2 });
    expect(checkText(result).split('\n')).toEqual([
      'bam/smoke/a seed 0  pass',
      'bam/smoke/b seed 0  regressed',
      '    knn.k20.t0.07.top1: regressed: 40 → 38, allowed ±1',
      'bam/smoke/c seed 0  improved',
      '    knn.k20.t0.07.top1: improved: 40 → 42, allowed ±1',
      'bam/smoke/d seed 0  incomparable: not run',
      'bam/smoke/e seed 0  incomparable: no baseline',
      '1 pass, 1 regressed, 1 improved, 2 incomparable: failed',
    ]);
  });
  it('does not fail on improvements, nor on regressions that are watched but not gated', () => {
    expect(checkRecords([run('a', 99)], [run('a', 40)], gates)).toMatchObject({
      failed: false,
      counts: { improved: 1 },
    });
    const watched = checkRecords([run('a', 1)], [run('a', 40)], () => ({
      '*': { abs: 1, rel: 0, gate: false },
    }));
    expect(watched.failed).toBe(false);
    expect(checkText(watched)).toContain('regressed (not gated): 40 → 1, allowed ±1');
  });
  it('does not fail on runs that cannot be compared', () => {
    const other = exampleRecord({ arm: 'a', config: { temperature: 9 } });
    const result = checkRecords([other], baseline, gates);
    expect(result).toMatchObject({ failed: false, counts: { incomparable: 4 } });
    expect(checkText(result)).toContain('different config');
  });
});

describe('recordsAtCommit', () => {
  it('reads what was committed, not what lies in the folder now', () => {
    const root = mkdtempSync(join(tmpdir(), 'fovea-commit-'));
    try {
      const git = (...args: string[]): string =>
        execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.c', ...args], {
          cwd: root,
          encoding: 'utf8',
        });
      git('init', '-q');
      const store = new RecordStore(join(root, 'results'));
      store.write(run('a', 40));
      store.write(exampleRecord({ profile: 'small' }));
      git('add', '.');
      git('commit', '-qm', 'one');
      store.write(run('a', 41));
      expect(recordsAtCommit('HEAD', { profile: 'smoke' }, root)).toEqual([run('a', 40)]);
      expect(recordsAtCommit('HEAD', {}, root)).toHaveLength(2);
      expect(recordsAtCommit('HEAD', { arm: 'none' }, root)).toEqual([]);
      expect(() => recordsAtCommit('nowhere', {}, root)).toThrow('recordsAtCommit: git ls-tree: fatal');
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});
