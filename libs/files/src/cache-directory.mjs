import { accessSync, constants, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('../../..', import.meta.url));

/**
 * The folder for what is downloaded or built once: `$FOVEA_CACHE`, else `$XDG_CACHE_HOME/fovea`, else the platform's own, else,
 * where none of these can be written, `<repository>/.fovea/cache`.
 *
 * @param {NodeJS.ProcessEnv} [env]
 * @param {string} [root] the repository
 * @returns {string}
 */
export function cacheDirectory(env = process.env, root = repository) {
  const wanted = wantedCacheDirectory(env);
  return isWritable(wanted) ? wanted : join(root, '.fovea', 'cache');
}

/**
 * The folder that the environment asks for, writable or not.
 *
 * @param {NodeJS.ProcessEnv} env
 * @returns {string}
 */
export function wantedCacheDirectory(env) {
  if (env.FOVEA_CACHE) return env.FOVEA_CACHE;
  if (env.XDG_CACHE_HOME && isAbsolute(env.XDG_CACHE_HOME)) return join(env.XDG_CACHE_HOME, 'fovea');
  const home = env.HOME ?? homedir();
  return process.platform === 'darwin'
    ? join(home, 'Library', 'Caches', 'fovea')
    : join(home, '.cache', 'fovea');
}

/** @param {string} directory */
function isWritable(directory) {
  try {
    mkdirSync(directory, { recursive: true });
    accessSync(directory, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
