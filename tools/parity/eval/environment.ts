import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheDirectory, digest, writeFileAtomic } from '@fovea/files';
import { torchPython } from '../peers/environment.ts';

/**
 * Python with the peers of `requirements.txt` in a virtual environment of its own in the cache; made on the first call, and again when the requirements change.
 *
 * @returns path of its interpreter
 * @throws Error when Python 3.10 or newer with venv is missing, or packages cannot be installed
 */
export function peerPython(): string {
  const folder = join(cacheDirectory(), 'parity-eval');
  const python = join(folder, 'bin', 'python');
  const stamp = join(folder, 'requirements.sha256');
  const { file, wanted } = requirements('requirements.txt');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return python;
  rmSync(folder, { recursive: true, force: true });
  console.log('Making a Python environment with scikit-learn, SciPy, pycocotools and pysodmetrics …');
  const run = (program: string, ...args: string[]): void => {
    execFileSync(program, args, { stdio: 'inherit' });
  };
  run(process.env.FOVEA_PYTHON ?? 'python3', '-m', 'venv', folder);
  run(python, '-m', 'pip', 'install', '--quiet', '--requirement', file);
  writeFileAtomic(stamp, wanted);
  return python;
}

/**
 * Python with PyTorch and torchmetrics: the environment that the benchmarks' PyTorch has, completed.
 *
 * @param install - make what is missing (PyTorch is several gigabytes), or take it only where it is
 * @returns path of its interpreter, or undefined where it is not installed and shall not be
 */
export function torchmetricsPython(install: boolean): string | undefined {
  const folder = join(cacheDirectory(), 'bench-peers');
  const stamp = join(folder, 'parity-eval.sha256');
  const { file, wanted } = requirements('torch-requirements.txt');
  const isComplete = existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
  const python = install ? torchPython() : join(folder, 'bin', 'python');
  if (install && !isComplete) {
    execFileSync(python, ['-m', 'pip', 'install', '--quiet', '--requirement', file], { stdio: 'inherit' });
    writeFileAtomic(stamp, wanted);
  }
  if (!existsSync(python)) return undefined;
  const probe = spawnSync(python, ['-c', 'import torch, numpy, torchmetrics'], { stdio: 'ignore' });
  return probe.status === 0 ? python : undefined;
}

function requirements(name: string): { file: string; wanted: string } {
  const file = fileURLToPath(new URL(name, import.meta.url));
  return { file, wanted: digest(readFileSync(file)) };
}
