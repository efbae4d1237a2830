import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { cacheDirectory, writeFileAtomic } from '@fovea/files';
import { kernelSpec } from '@fovea/kernel';

const DENO = '2.9.6';
const require = createRequire(import.meta.url);

/** A kernel that is timed; its cells may differ where its language does. */
export interface Peer {
  readonly name: string;
  /** What the table calls it. */
  readonly title: string;
  readonly argv: readonly string[];
  readonly language: 'typescript' | 'python';
  /** How clients interrupt it, by its own kernelspec. */
  readonly interrupts: 'message' | 'signal';
}

/** Ours first, then every peer that is installed. */
export function kernels(python: string): Peer[] {
  const deno = denoProgram();
  const tslab = join(require.resolve('tslab/package.json'), '../bin/tslab');
  const conn = '{connection_file}';
  const all: (Peer | undefined)[] = [
    { name: 'fovea', title: 'Fovea', argv: kernelSpec().argv, language: 'typescript', interrupts: 'message' },
    {
      name: 'tslab',
      title: 'tslab 1.0.22',
      argv: [process.execPath, tslab, 'kernel', `--config-path=${conn}`],
      language: 'typescript',
      interrupts: 'signal',
    },
    deno
      ? {
          name: 'deno',
          title: `Deno ${DENO}`,
          argv: [deno, 'jupyter', '--kernel', '--conn', conn],
          language: 'typescript',
          interrupts: 'signal',
        }
      : undefined,
    {
      name: 'python3',
      title: 'ipykernel',
      argv: [python, '-m', 'ipykernel_launcher', '-f', conn],
      language: 'python',
      interrupts: 'signal',
    },
  ];
  return all.filter((peer) => peer !== undefined);
}

/** Installs Deno from the package registry into the cache. */
export function installPeers(): void {
  const folder = environment();
  mkdirSync(folder, { recursive: true });
  writeFileAtomic(
    join(folder, 'package.json'),
    `${JSON.stringify({ private: true, dependencies: { deno: DENO } })}\n`,
  );
  const { status } = spawnSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: folder,
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error(`bench: npm install in ${folder} failed with ${status}.`);
}

/** The peers' kernelspecs, in a folder that JUPYTER_PATH names. */
export function writeKernelSpecs(folder: string, peers: readonly Peer[]): void {
  for (const { name, title, argv, language, interrupts } of peers) {
    const home = join(folder, 'kernels', name);
    mkdirSync(home, { recursive: true });
    const spec = { argv, display_name: title, language, interrupt_mode: interrupts };
    writeFileAtomic(join(home, 'kernel.json'), JSON.stringify(spec));
  }
}

function environment(): string {
  return join(cacheDirectory(), 'bench-kernels');
}

/** The package's own program only starts this one, and would not pass on an end of the process. */
function denoProgram(): string | undefined {
  const manifest = join(environment(), 'node_modules/deno/package.json');
  if (!existsSync(manifest)) return undefined;
  const { optionalDependencies = {} } = JSON.parse(readFileSync(manifest, 'utf8')) as {
    optionalDependencies?: Record<string, string>;
  };
  return Object.keys(optionalDependencies)
    .map((name) => join(environment(), 'node_modules', name, 'deno'))
    .find(existsSync);
}
