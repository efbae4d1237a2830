/**
 * `npm run parity:eval`: compares @fovea/eval live with scikit-learn, SciPy, pycocotools and pysodmetrics on random and adversarial inputs.
 *
 * --seed N    other random inputs (default 0)
 *
 * Builds its own Python environment in the cache on the first call. Exits with 1 when a case disagrees.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { peerPython } from './eval/environment.ts';

const { values: flags } = parseArgs({ options: { seed: { type: 'string', default: '0' } } });
const script = fileURLToPath(new URL('eval/make_cases.py', import.meta.url));
const fovea = fileURLToPath(new URL('../cli/bin/fovea.mjs', import.meta.url));
const python = peerPython();
const folder = mkdtempSync(join(tmpdir(), 'fovea-parity-'));
try {
  execFileSync(python, [script, folder, flags.seed], { stdio: 'inherit' });
  const { status } = spawnSync(process.execPath, [fovea, 'golden', folder], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
