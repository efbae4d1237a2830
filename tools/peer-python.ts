import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDirectory, digest, writeFileAtomic } from '@fovea/files';

/**
 * Python with the packages of a requirements file, in a virtual environment of its own in the cache: made on the first call, and anew when the
 * requirements change.
 *
 * @param name - the environment's folder in the cache
 * @param contents - what the message of its making says it holds
 * @returns path of its interpreter
 * @throws Error when Python 3.10 or newer with venv is missing, or packages cannot be installed
 */
export function peerPython(name: string, requirements: string, contents: string): string {
  const folder = join(cacheDirectory(), name);
  const python = join(folder, 'bin', 'python');
  const stamp = join(folder, 'requirements.sha256');
  const wanted = digest(readFileSync(requirements));
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return python;
  rmSync(folder, { recursive: true, force: true });
  console.log(`Making a Python environment with ${contents} …`);
  const run = (program: string, ...args: string[]): void => {
    execFileSync(program, args, { stdio: 'inherit' });
  };
  run(process.env.FOVEA_PYTHON ?? 'python3', '-m', 'venv', folder);
  run(python, '-m', 'pip', 'install', '--quiet', '--requirement', requirements);
  writeFileAtomic(stamp, wanted);
  return python;
}
