import { spawnSync } from 'node:child_process';
import { findProgram } from './files.mjs';
import { pythonEnvironment } from './context.mjs';

const candidates = [
  'python3',
  'python3.14',
  'python3.13',
  'python3.12',
  'python3.11',
  'python3.10',
  'python',
];
const probe = `
import json, os, sys
missing = []
for name in ("venv", "ensurepip"):
    try:
        __import__(name)
    except ImportError:
        missing.append(name)
print(json.dumps({"version": "%d.%d.%d" % sys.version_info[:3], "executable": os.path.realpath(sys.executable), "missing": missing}))
`;

/** @typedef {{ command: string, version: string, executable: string }} Python */
/** @typedef {{ command: string, version: string, reason: string, lacksVenv: boolean }} RejectedPython */

/**
 * `$FOVEA_PYTHON`, else the first Python on `$PATH` that is new enough and can make a venv with pip.
 *
 * @param {NodeJS.ProcessEnv} env
 * @returns {{ python?: Python, rejected: RejectedPython[] }}
 */
export function findPython(env) {
  /** @type {RejectedPython[]} */
  const rejected = [];
  for (const name of env.FOVEA_PYTHON ? [env.FOVEA_PYTHON] : candidates) {
    const command = findProgram(name, env);
    if (command === undefined) {
      if (env.FOVEA_PYTHON)
        rejected.push({
          command: `FOVEA_PYTHON=${name}`,
          version: '',
          reason: 'no such program',
          lacksVenv: false,
        });
      continue;
    }
    const found = probePython(command, env);
    if ('executable' in found) return { python: found, rejected };
    rejected.push(found);
  }
  return { rejected };
}

/**
 * @param {string} command
 * @param {NodeJS.ProcessEnv} env
 * @returns {Python | RejectedPython}
 */
function probePython(command, env) {
  const { stdout, stderr } = spawnSync(command, ['-c', probe], {
    encoding: 'utf8',
    env: pythonEnvironment(env),
  });
  const answer = parse(stdout);
  if (!answer) {
    return {
      command,
      version: '',
      reason: `does not run (${stderr?.trim().split('\n').at(-1) || 'no answer'})`,
      lacksVenv: false,
    };
  }
  const { version, executable, missing } = answer;
  const [major, minor] = version.split('.').map(Number);
  if (major < 3 || (major === 3 && minor < 10))
    return { command, version, reason: `is version ${version}`, lacksVenv: false };
  if (missing.length > 0) {
    return {
      command,
      version,
      reason: `is ${version} without the module ${missing.join(' and ')}`,
      lacksVenv: true,
    };
  }
  return { command, version, executable };
}

/**
 * @param {string} text
 * @returns {{ version: string, executable: string, missing: string[] } | undefined}
 */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
