import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheDirectory, digest, writeFileAtomic } from '@fovea/files';
import { peerPython } from '../../peer-python.ts';
import { torchPython } from '../peers/environment.ts';

/** Interpreter of the environment with the peers of `requirements.txt`. */
export function evalPython(): string {
  const contents = 'scikit-learn, SciPy, pycocotools and pysodmetrics';
  return peerPython('parity-eval', requirements('requirements.txt').file, contents);
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
