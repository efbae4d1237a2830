import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheDirectory, digest, writeFileAtomic } from '@fovea/files';

const requirements = fileURLToPath(new URL('requirements.txt', import.meta.url));

/** Lightly without its training framework, of which its losses and heads use nothing. */
const ALONE = 'lightly==1.6.0';

/**
 * Python with PyTorch, torchvision, timm, safetensors and lightly: the benchmarks' environment in the cache, made on the first call and completed
 * when the requirements change. PyTorch alone is several gigabytes.
 *
 * @returns path of its interpreter
 * @throws Error when Python 3.10 or newer with venv is missing, or packages cannot be installed
 */
export function torchPython(): string {
  const folder = join(cacheDirectory(), 'bench-peers');
  const python = join(folder, 'bin', 'python');
  const stamp = join(folder, 'parity.sha256');
  const wanted = digest(`${readFileSync(requirements, 'utf8')}${ALONE}`);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return python;
  console.log('Making a Python environment with PyTorch, torchvision, timm and lightly …');
  const run = (program: string, ...args: string[]): void => {
    execFileSync(program, args, { stdio: 'inherit' });
  };
  if (!existsSync(python)) run(process.env.FOVEA_PYTHON ?? 'python3', '-m', 'venv', folder);
  run(python, '-m', 'pip', 'install', '--quiet', '--requirement', requirements);
  run(python, '-m', 'pip', 'install', '--quiet', '--no-deps', ALONE);
  writeFileAtomic(stamp, wanted);
  return python;
}
