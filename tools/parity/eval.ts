/**
 * `npm run parity:eval`: compares @fovea/eval live with scikit-learn, SciPy, pycocotools and pysodmetrics on random and adversarial inputs, and with PyTorch (and
 * torchmetrics) where `npm run bench:train -- --install-peers` has put it.
 *
 * --seed N    other random inputs (default 0)
 *
 * Builds its own Python environment in the cache on the first call. Exits with 1 when a case disagrees.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { cacheDirectory } from '@fovea/files';
import { peerPython } from './eval/environment.ts';

const { values: flags } = parseArgs({ options: { seed: { type: 'string', default: '0' } } });
const fovea = fileURLToPath(new URL('../cli/bin/fovea.mjs', import.meta.url));
const torchPython = join(cacheDirectory(), 'bench-peers', 'bin', 'python');

compare(peerPython(), 'make_cases.py');
if (hasTorch()) compare(torchPython, 'make_torch_cases.py');
else console.log('PyTorch is not installed, its cases are left out: npm run bench:train -- --install-peers');

function compare(python: string, cases: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'fovea-parity-'));
  try {
    const script = fileURLToPath(new URL(`eval/${cases}`, import.meta.url));
    execFileSync(python, [script, folder, flags.seed], { stdio: 'inherit' });
    const { status } = spawnSync(process.execPath, [fovea, 'golden', folder], { stdio: 'inherit' });
    if (status !== 0) process.exitCode = status ?? 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function hasTorch(): boolean {
  return (
    existsSync(torchPython) &&
    spawnSync(torchPython, ['-c', 'import torch, numpy'], { stdio: 'ignore' }).status === 0
  );
}
