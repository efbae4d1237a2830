import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheDirectory } from '@fovea/files';
import { SHARED, type TrainCase } from './cases.ts';

/** Seconds of one step: on the clock, and of processor time over all threads, which other processes disturb less. */
export interface StepTime {
  readonly wall: number;
  readonly cpu: number;
}

/** What a runner says once it has warmed up. */
export interface Ready {
  readonly version: string;
  readonly threads: number;
  /** Bytes in use before the network was built: the libraries alone. */
  readonly base: number;
  /** What the kind `matmul` measures, in GFLOP/s by processor time. */
  readonly gflops?: number;
}

/** Who is timed; each in a process of its own, which waits without work while another is timed. */
export type RunnerKind = 'ours' | 'stock' | 'torch' | 'tensorflow' | 'matmul';

/** One who takes steps and times them. */
export interface Runner {
  readonly ready: Ready;
  /** Takes steps; also tells the most memory that the process has used so far, in bytes. */
  run(steps: number): Promise<{ times: StepTime[]; peak: number }>;
  close(): void;
}

const PEER_PACKAGES = ['torch', 'tensorflow-cpu==2.21.*', 'numpy'];

/** Folder of the Python peers' environment. */
export function environment(): string {
  return join(cacheDirectory(), 'bench-peers');
}

/** Makes the Python peers' environment; PyTorch alone is several gigabytes. */
export function installPeers(): void {
  const python = process.env.FOVEA_PYTHON ?? 'python3';
  const commands = [
    [python, '-m', 'venv', environment()],
    [join(environment(), 'bin', 'pip'), 'install', '--quiet', ...PEER_PACKAGES],
  ];
  for (const [command, ...args] of commands) {
    const { status } = spawnSync(command, args, { stdio: 'inherit' });
    if (status !== 0) throw new Error(`bench: "${command} ${args.join(' ')}" failed with ${status}.`);
  }
}

/** Python peers that the environment has. */
export function installedPeers(): ('torch' | 'tensorflow')[] {
  const python = join(environment(), 'bin', 'python');
  if (!existsSync(python)) return [];
  const has = (library: string): boolean =>
    spawnSync(python, [
      '-c',
      `import importlib.util, sys; sys.exit(importlib.util.find_spec("${library}") is None)`,
    ]).status === 0;
  return (['torch', 'tensorflow'] as const).filter(has);
}

/** Starts one who is timed, and waits until it has warmed up. */
export async function startRunner(
  kind: RunnerKind,
  which: TrainCase | null,
  env: NodeJS.ProcessEnv = {},
): Promise<Runner> {
  const isPython = kind === 'torch' || kind === 'tensorflow';
  const script = fileURLToPath(new URL(isPython ? `peers/${kind}_step.py` : 'worker.ts', import.meta.url));
  const settings = JSON.stringify({ kind, ...which, ...SHARED });
  const command = isPython ? join(environment(), 'bin', 'python') : process.execPath;
  const child = spawn(command, [...(isPython ? [] : ['--import', 'tsx']), script, settings], {
    stdio: ['pipe', 'pipe', 'inherit'],
    // PyTorch's threads otherwise spin while they wait, which costs it many times over on a machine with other work.
    env: { OMP_WAIT_POLICY: 'PASSIVE', TF_CPP_MIN_LOG_LEVEL: '3', ...process.env, ...env },
  });
  const { stdin } = child;
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async <T>(): Promise<T> => {
    const line = (await lines.next()) as IteratorResult<string, undefined>;
    if (line.done === true) throw new Error(`bench: ${kind} ended early.`);
    return JSON.parse(line.value) as T;
  };
  const ready = await next<Ready>();
  return {
    ready,
    run: (steps) => {
      stdin.write(`${steps}\n`);
      return next();
    },
    close: () => {
      stdin.end();
    },
  };
}
