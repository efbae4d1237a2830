import { statSync } from 'node:fs';
import { findProgram } from './files.mjs';

export const compilerCandidates = ['c++', 'g++', 'clang++'];

/** @typedef {{ command: string[], path: string, identity: string }} Compiler */

/**
 * `$CXX` (which may carry options), else the first usual name on `$PATH`.
 *
 * @param {NodeJS.ProcessEnv} env
 * @returns {Compiler | undefined}
 */
export function findCompiler(env) {
  const commands = env.CXX?.trim() ? [env.CXX.trim().split(/\s+/)] : compilerCandidates.map((name) => [name]);
  for (const [name, ...options] of commands) {
    const path = findProgram(name, env);
    if (path === undefined) continue;
    const { size, mtimeMs } = statSync(path);
    // The file's stamp stands for its version: asking the compiler itself would cost every call a process.
    return {
      command: [path, ...options],
      path,
      identity: [path, ...options, size, Math.floor(mtimeMs)].join(' '),
    };
  }
  return undefined;
}
