import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * The folder for what is downloaded or built once: `$FOVEA_CACHE`, else `$XDG_CACHE_HOME/fovea`, else the platform's own.
 *
 * @param {NodeJS.ProcessEnv} env
 * @returns {string}
 */
export function cacheDirectory(env = process.env) {
  if (env.FOVEA_CACHE) return env.FOVEA_CACHE;
  if (env.XDG_CACHE_HOME) return join(env.XDG_CACHE_HOME, 'fovea');
  return process.platform === 'darwin'
    ? join(homedir(), 'Library', 'Caches', 'fovea')
    : join(homedir(), '.cache', 'fovea');
}
