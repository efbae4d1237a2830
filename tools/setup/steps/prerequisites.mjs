import { mkdirSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporarySibling } from '../atomic.mjs';
import { compilerCandidates, findCompiler } from '../compiler.mjs';
import { SetupFailure } from '../failure.mjs';
import { findProgram, megabytes } from '../files.mjs';
import { findPython } from '../python.mjs';
import { runCommand } from '../run-command.mjs';

/** @typedef {import('../context.mjs').Context} Context */
/** @typedef {{ repository: number, cache: number }} Space bytes that a step will write */

/**
 * Checks what no package registry can give. Every failure is collected, so that one run shows them all.
 *
 * @param {Context} context
 * @param {Space} space
 * @returns {Promise<{ details: object, failures: SetupFailure[] }>}
 */
export async function checkPrerequisites(context, space) {
  /** @type {SetupFailure[]} */
  const failures = [];
  /** @type {Record<string, unknown>} */
  const details = { node: process.versions.node };
  const checks = { npm: checkNpm, python: checkPython, compiler: checkCompiler, disk: checkDisk };
  for (const [name, check] of Object.entries(checks)) {
    try {
      details[name] = await check(context, space);
    } catch (error) {
      if (!(error instanceof SetupFailure)) throw error;
      failures.push(error);
    }
  }
  return { details, failures };
}

/** @param {Context} context */
function checkNpm({ env, platform }) {
  const npm = findProgram('npm', env);
  if (npm) return npm;
  throw new SetupFailure('npm', {
    found: 'no npm on $PATH',
    fix: platform === 'darwin' ? 'brew install node@22' : 'sudo apt-get install -y npm',
  });
}

/** @param {Context} context */
function checkPython({ env, platform }) {
  const { python, rejected } = findPython(env);
  if (python) return python;
  const debian = rejected.find(({ lacksVenv }) => lacksVenv);
  const aptPackage = debian
    ? `python${debian.version.split('.').slice(0, 2).join('.')}-venv`
    : 'python3 python3-venv';
  throw new SetupFailure('Python >= 3.10 with the modules venv and ensurepip', {
    found: rejected.map(({ command, reason }) => `${command}: ${reason}`).join('; ') || 'no python3 on $PATH',
    fix: platform === 'darwin' ? 'brew install python@3.12' : `sudo apt-get install -y ${aptPackage}`,
  });
}

/** @param {Context} context */
async function checkCompiler(context) {
  const { env, platform, state } = context;
  const fix = platform === 'darwin' ? 'xcode-select --install' : 'sudo apt-get install -y g++';
  const compiler = findCompiler(env);
  if (!compiler) {
    throw new SetupFailure('a C++17 compiler', {
      found: env.CXX ? `CXX=${env.CXX} is no program` : `none of ${compilerCandidates.join(', ')} on $PATH`,
      fix: env.CXX ? 'unset CXX' : fix,
    });
  }
  const folder = temporarySibling(join(state, 'compiler-check'));
  mkdirSync(folder);
  try {
    const source = join(folder, 'check.cc');
    writeFileSync(
      source,
      '#include <optional>\nint main() { std::optional<int> a = 0; if (int b = *a; b == 0) return b; return 1; }\n',
    );
    const command = [...compiler.command, '-std=c++17', source, '-o', join(folder, 'check')];
    const result = await runCommand(command, {
      log: context.logOf('compiler'),
      env: { ...env, TMPDIR: folder },
      onSpawn: context.onSpawn,
    });
    if (result.ok) return compiler.path;
    throw new SetupFailure('a C++17 compiler', {
      found: `${compiler.command.join(' ')} cannot compile and link a one-line C++17 program (${result.status})`,
      fix: env.CXX ? `unset CXX, or: ${fix}` : fix,
      log: result.log,
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {Context} context
 * @param {Space} space
 */
function checkDisk({ root, cache }, space) {
  mkdirSync(cache, { recursive: true });
  const isOneDisk = statSync(root).dev === statSync(cache).dev;
  const needs = isOneDisk
    ? [{ folder: root, bytes: space.repository + space.cache }]
    : [
        { folder: root, bytes: space.repository },
        { folder: cache, bytes: space.cache },
      ];
  for (const { folder, bytes } of needs) {
    const free = freeBytes(folder);
    if (free < bytes) {
      throw new SetupFailure(`${megabytes(bytes)} of free disk for ${folder}`, {
        found: `${megabytes(free)} free`,
        fix:
          isOneDisk || folder === cache
            ? 'free some space, or move the cache: FOVEA_CACHE=/a/folder npm run setup'
            : 'free some space',
      });
    }
  }
  return megabytes(freeBytes(root));
}

/** @param {string} folder */
export function freeBytes(folder) {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}
