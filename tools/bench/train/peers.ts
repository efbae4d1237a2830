import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { cacheDirectory } from '@fovea/files';
import { CLASSES, LEARNING_RATE, MOMENTUM, type TrainCase } from './cases.ts';
import type { Runner, StepTime } from './ours.ts';

const PACKAGES = { torch: 'torch', tensorflow: 'tensorflow-cpu==2.21.*' } as const;

/** Peer libraries that are timed in a Python process of their own. */
export type PeerLibrary = keyof typeof PACKAGES;

/** Folder of the peers' Python environment. */
function environment(): string {
  return join(cacheDirectory(), 'bench-peers');
}

/** Installs the peers' Python environment; PyTorch alone is several gigabytes. */
export function installPeers(libraries: readonly PeerLibrary[]): void {
  const python = process.env.FOVEA_PYTHON ?? 'python3';
  const pip = join(environment(), 'bin', 'pip');
  const commands = [
    [python, '-m', 'venv', environment()],
    [pip, 'install', '--quiet', ...libraries.map((library) => PACKAGES[library]), 'numpy'],
  ];
  for (const [command, ...args] of commands) {
    const { status } = spawnSync(command, args, { stdio: 'inherit' });
    if (status !== 0) throw new Error(`bench: "${command} ${args.join(' ')}" failed with ${status}.`);
  }
}

/** Libraries that the peers' environment has. */
export function installedPeers(): PeerLibrary[] {
  const python = join(environment(), 'bin', 'python');
  if (!existsSync(python)) return [];
  return (Object.keys(PACKAGES) as PeerLibrary[]).filter(
    (library) =>
      spawnSync(python, [
        '-c',
        `import importlib.util, sys; sys.exit(importlib.util.find_spec("${library}") is None)`,
      ]).status === 0,
  );
}

/** A peer's step in its own process, which times itself and waits between blocks. */
export function peer(library: PeerLibrary, which: TrainCase): Runner {
  const script = join(import.meta.dirname, 'peers', `${library}_step.py`);
  const settings = { ...which, classes: CLASSES, learningRate: LEARNING_RATE, momentum: MOMENTUM };
  const child: ChildProcess = spawn(
    join(environment(), 'bin', 'python'),
    [script, JSON.stringify(settings)],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
      // PyTorch's threads otherwise spin while they wait, which costs it many times over on a machine with other work.
      env: { OMP_WAIT_POLICY: 'PASSIVE', ...process.env },
    },
  );
  if (!child.stdin || !child.stdout) throw new Error('bench: the peer has no pipes.');
  const { stdin } = child;
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    name: library === 'torch' ? 'PyTorch CPU, channels-last' : 'TensorFlow Python, tf.function',
    run: async (steps) => {
      stdin.write(`${steps}\n`);
      const line = (await lines.next()) as IteratorResult<string, undefined>;
      if (line.done) throw new Error(`bench: ${library} ended early.`);
      return JSON.parse(line.value) as StepTime[];
    },
    close: () => {
      stdin.end();
    },
  };
}
