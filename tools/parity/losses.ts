/**
 * `npm run parity:losses`: compares losses and their gradients live with lightly and PyTorch in double precision, on random and adversarial
 * inputs: one image, two numbers, zero rows, rows all alike, huge and tiny vectors, sharp temperatures.
 *
 * --seed N    other random inputs (default 0)
 *
 * Builds its own Python environment in the cache on the first call (PyTorch: several gigabytes). Exits with 1 when a case disagrees.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { torchPython } from './peers/environment.ts';

const { values: flags } = parseArgs({ options: { seed: { type: 'string', default: '0' } } });
const script = fileURLToPath(new URL('losses/make_cases.py', import.meta.url));
const fovea = fileURLToPath(new URL('../cli/bin/fovea.mjs', import.meta.url));
const python = torchPython();
const folder = mkdtempSync(join(tmpdir(), 'fovea-parity-'));
try {
  const env = { LIGHTLY_DID_VERSION_CHECK: 'True', OMP_WAIT_POLICY: 'PASSIVE', ...process.env };
  execFileSync(python, [script, folder, flags.seed], { stdio: 'inherit', env });
  const { status } = spawnSync(process.execPath, [fovea, 'golden', folder], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
