import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, platform } from 'node:os';
import { join } from 'node:path';
import { digest, workspaceRoot } from '@fovea/files';
import type { Provenance } from './record.ts';

/** What the collector cannot find out by itself. */
export interface ProvenanceInput {
  /** The command that produces the record, as a user would type it. */
  readonly command: string;
  /** When the run began. */
  readonly startedAt: Date;
  /** `backendInfo()` of @fovea/tensorflow. */
  readonly backend: { readonly name: string; readonly version: string; readonly threads: number };
}

/** Where and when a run happened: commit, lock file, Node, TensorFlow, processor, threads, wall time. Call it when the run ends. */
export function provenance(input: ProvenanceInput, root: string = workspaceRoot()): Provenance {
  const now = new Date();
  const lock = join(root, 'package-lock.json');
  return {
    command: input.command,
    date: now.toISOString(),
    wallSeconds: Math.max(0, now.getTime() - input.startedAt.getTime()) / 1000,
    git: gitState(root),
    lockDigest: existsSync(lock) ? digest(readFileSync(lock)) : null,
    node: process.versions.node,
    platform: `${platform()} ${arch()}`,
    backend: { name: input.backend.name, version: input.backend.version },
    threads: input.backend.threads,
    cpu: { model: cpus()[0]?.model.trim() ?? '', cores: availableParallelism(), features: cpuFeatures() },
  };
}

/** Commit and whether sources differ from it; records and executed notebooks are products and do not count. */
function gitState(root: string): Provenance['git'] {
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    const commit = git('rev-parse', 'HEAD');
    const changed = git('status', '--porcelain', '--', '.', ':!results', ':!notebooks/**/*.ipynb');
    return { commit, dirty: changed !== '' };
  } catch {
    return null; // no git, no commit yet, or an unpacked archive
  }
}

/** The instruction sets that change which kernels TensorFlow picks, and with them the last bits. */
const TELLING = /^(?:sse4_[12]|avx|avx2|fma|f16c|avx_vnni|avx512\w*|amx_\w+|asimd\w*|sve\w*|bf16)$/;

function cpuFeatures(): string[] {
  try {
    const line = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'));
    return (line?.[1] ?? '')
      .split(' ')
      .filter((flag) => TELLING.test(flag))
      .sort();
  } catch {
    return []; // no /proc: not Linux
  }
}
