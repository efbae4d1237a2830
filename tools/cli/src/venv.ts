import { existsSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A program of the workspace's Python environment.
 *
 * @throws Error when set-up has not made the environment
 */
export function venvProgram(root: string, name: string): string {
  const path = join(root, '.fovea/venv/bin', name);
  if (existsSync(path)) return path;
  throw new Error(`the Python environment has no ${name} (${path}). Run: npm run setup`);
}
