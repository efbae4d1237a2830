import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { wantedCacheDirectory } from '../../libs/files/src/cache-directory.mjs';
import { readJson } from './atomic.mjs';
import { compilerCandidates, findCompiler } from './compiler.mjs';
import { SetupFailure, diskFailure } from './failure.mjs';
import { folderBytes, megabytes } from './files.mjs';
import { findPython } from './python.mjs';
import { binding, linkTarget } from './steps/binding.mjs';
import { findDamage, folderOf } from './steps/libtensorflow.mjs';
import { npm } from './steps/npm.mjs';
import { freeBytes } from './steps/prerequisites.mjs';
import { markerOf, python } from './steps/python.mjs';
import { verify } from './steps/verify.mjs';

/** @typedef {import('./context.mjs').Context} Context */
/** @typedef {{ name: string, state: 'ok' | 'broken' | 'none', value: string, fix?: string }} Finding */

const setUp = 'npm run setup';
const tightBytes = 1e9;

/** @type {Record<string, (context: Context) => Omit<Finding, 'name'> | Promise<Omit<Finding, 'name'>>>} */
const checks = {
  'Node.js': () => ok(`${process.versions.node} (${process.execPath})`),
  Python: ({ env }) => {
    const { python: found, rejected } = findPython(env);
    if (found) return ok(`${found.version} (${found.executable})`);
    return broken(
      rejected.map(({ command, reason }) => `${command} ${reason}`).join('; ') || 'no python3 on $PATH',
      setUp,
    );
  },
  'C++ compiler': ({ env }) => {
    const compiler = findCompiler(env);
    return compiler
      ? ok(compiler.command.join(' '))
      : broken(`none of ${env.CXX ?? compilerCandidates.join(', ')}`, setUp);
  },
  'npm packages': (context) =>
    npm.isCurrent(context) ? ok('as package-lock.json says') : broken('not as package-lock.json says', setUp),
  'Python venv': (context) => {
    const marker = readJson(markerOf(context));
    return python.isCurrent(context)
      ? ok(`Python ${marker.python.version}, ${marker.packages.length} packages (${context.venv})`)
      : broken(marker ? 'not as tools/python/requirements.txt says' : 'absent or unfinished', setUp);
  },
  libtensorflow: async (context) => {
    const damage = await findDamage(context);
    return damage ? broken(damage, setUp) : ok(folderOf(context));
  },
  binding: (context) =>
    binding.isCurrent(context)
      ? ok(`${linkTarget(context)}`)
      : broken(linkTarget(context) ? 'stale or damaged' : 'absent', setUp),
  TensorFlow: (context) => {
    const verified = readJson(context.record)?.steps?.verify;
    return verify.isCurrent(context)
      ? ok(`${verified.tensorflow}, matmul exact${verified.gpu ? ', on the GPU' : ''}`)
      : broken('not verified with this Node and this binding', setUp);
  },
  'GPU mode': ({ gpu }) => (gpu ? ok('on (FOVEA_GPU=1)') : none('off (FOVEA_GPU=1 turns it on)')),
  cache: ({ cache, env }) => {
    const wanted = wantedCacheDirectory(env);
    return ok(
      `${cache}, ${megabytes(folderBytes(cache))}${cache === wanted ? '' : `; ${wanted} cannot be written`}`,
    );
  },
  'data cache': ({ cache }) => {
    const data = join(cache, 'data');
    return existsSync(data)
      ? ok(`${data}, ${megabytes(folderBytes(data))}`)
      : none('empty; filled by the first experiment');
  },
  'disk free': ({ root, cache }) => {
    const free = Math.min(freeBytes(root), freeBytes(cache));
    return free > tightBytes
      ? ok(megabytes(free))
      : broken(megabytes(free), 'free some space, or move the cache with FOVEA_CACHE');
  },
};

/**
 * @param {Context} context
 * @returns {Promise<Finding[]>}
 */
export async function diagnose(context) {
  const findings = [];
  for (const [name, check] of Object.entries(checks)) {
    try {
      findings.push({ name, ...(await check(context)) });
    } catch (error) {
      const failure = error instanceof SetupFailure ? error : diskFailure(error);
      if (!failure) throw error;
      findings.push({ name, ...broken(`${failure.message}: ${failure.found}`, failure.fix) });
    }
  }
  return findings;
}

/**
 * @param {string} value
 * @returns {Omit<Finding, 'name'>}
 */
function ok(value) {
  return { state: 'ok', value };
}

/**
 * @param {string} value
 * @returns {Omit<Finding, 'name'>}
 */
function none(value) {
  return { state: 'none', value };
}

/**
 * @param {string} value
 * @param {string} fix
 * @returns {Omit<Finding, 'name'>}
 */
function broken(value, fix) {
  return { state: 'broken', value, fix };
}
