import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheDirectory } from '../../libs/files/src/cache-directory.mjs';
import { createProgress } from './progress.mjs';
import { bundleFor } from './wheels.mjs';

/**
 * Everything a step depends on. Tests give their own.
 *
 * @typedef {ReturnType<typeof createContext>} Context
 */

/**
 * @param {object} [options]
 * @param {string} [options.root] the repository
 * @param {NodeJS.ProcessEnv} [options.env]
 * @param {import('./wheels.mjs').Bundle} [options.bundle]
 * @param {import('./progress.mjs').Progress} [options.progress]
 */
export function createContext({
  root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, ''),
  env = process.env,
  bundle,
  progress = createProgress(),
} = {}) {
  const { platform, arch } = process;
  const gpu = env.FOVEA_GPU === '1';
  const state = join(root, '.fovea');
  return {
    root,
    env,
    platform,
    arch,
    gpu,
    progress,
    state,
    lock: join(state, 'setup.lock'),
    record: join(state, 'setup.json'),
    venv: join(state, 'venv'),
    cache: cacheDirectory(env, root),
    nodeModules: join(root, 'node_modules'),
    packageLock: join(root, 'package-lock.json'),
    requirements: join(root, 'tools/python/requirements.txt'),
    /** The pinned wheels; throws where this machine has none. */
    bundle: () => bundle ?? bundleFor({ platform, arch, gpu }),
    /** @param {string} step */
    logOf: (step) => join(state, 'logs', `${step}.log`),
    /** @type {(pid: number) => void} set while the lock is held */
    onSpawn: () => undefined,
  };
}

/**
 * The environment for pip and Python: nothing of the user's own Python set-up leaks into the venv.
 *
 * @param {NodeJS.ProcessEnv} env
 * @returns {NodeJS.ProcessEnv}
 */
export function pythonEnvironment(env) {
  const { PYTHONHOME: _home, PYTHONPATH: _path, PIP_TARGET: _target, PIP_USER: _user, ...rest } = env;
  return { ...rest, PIP_DISABLE_PIP_VERSION_CHECK: '1', PIP_NO_INPUT: '1', PYTHONUNBUFFERED: '1' };
}
