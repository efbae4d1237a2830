import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { cacheDirectory } from '@fovea/files';

/** Views a second, by the clock and by processor time. */
export interface Rate {
  readonly wall: number;
  readonly cpu: number;
}

/** The peers in a Python process of their own, one thread each. */
export interface Peers {
  /** Versions by name. */
  readonly versions: Readonly<Record<string, string>>;
  measure(peer: string, which: string, seconds: number): Promise<Rate>;
  stop(): Promise<void>;
}

const environment = join(cacheDirectory(), 'bench-peers');
const PACKAGES = ['torch', 'torchvision', 'albumentations', 'kornia', 'pillow', 'numpy'];

/** Installs the peers into an environment of their own in the cache, which the other benchmarks share; several gigabytes. */
export function installPeers(): void {
  const python = process.env.FOVEA_PYTHON ?? 'python3';
  const pip = join(environment, 'bin', 'pip');
  const commands = [
    ...(existsSync(pip) ? [] : [[python, '-m', 'venv', environment]]),
    [pip, 'install', '--quiet', ...PACKAGES],
  ];
  for (const [command, ...args] of commands) {
    const { status } = spawnSync(command, args, { stdio: 'inherit' });
    if (status !== 0) throw new Error(`bench: "${command} ${args.join(' ')}" failed with ${status}.`);
  }
}

/** Starts the peers that the environment has; none where it was never made. */
export async function startPeers(folder: string): Promise<Peers> {
  const python = join(environment, 'bin', 'python');
  if (!existsSync(python)) {
    return { versions: {}, measure: () => Promise.reject(new Error('bench: no peers')), stop: async () => undefined };
  } // prettier-ignore
  const child = spawn(python, [join(import.meta.dirname, 'peers.py'), folder], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = new Promise<void>((resolve) => {
    child.on('close', () => {
      resolve();
    });
  });
  const read = async (): Promise<unknown> => {
    const line = (await lines.next()) as IteratorResult<string, undefined>;
    if (line.done) throw new Error('bench: the peers ended early.');
    return JSON.parse(line.value);
  };
  return {
    versions: (await read()) as Record<string, string>,
    measure: async (peer, which, seconds) => {
      child.stdin.write(`${JSON.stringify({ peer, case: which, seconds })}\n`);
      return (await read()) as Rate;
    },
    stop: async () => {
      child.stdin.end();
      await ended;
    },
  };
}
