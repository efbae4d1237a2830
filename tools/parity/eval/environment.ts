import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheDirectory, digest, writeFileAtomic } from '@fovea/files';

const requirements = fileURLToPath(new URL('requirements.txt', import.meta.url));

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
  const wanted = digest(readFileSync(requirements));
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return python;
  rmSync(folder, { recursive: true, force: true });
  console.log('Making a Python environment with scikit-learn, SciPy, pycocotools and pysodmetrics …');
  execFileSync('python3', ['-m', 'venv', folder], { stdio: 'inherit' });
  execFileSync(python, ['-m', 'pip', 'install', '--quiet', '--requirement', requirements], {
    stdio: 'inherit',
  });
  writeFileAtomic(stamp, wanted);
  return python;
}
