import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, removeFolder, writeJsonAtomic } from '../atomic.mjs';
import { pythonEnvironment } from '../context.mjs';
import { sha256FileSync } from '../digest.mjs';
import { SetupFailure, commandFailure } from '../failure.mjs';
import { exists, findProgram } from '../files.mjs';
import { hasTranslator, installTranslator } from '../papermill-translator.mjs';
import { findPython } from '../python.mjs';
import { runCommand } from '../run-command.mjs';

/** @typedef {import('../context.mjs').Context} Context */

export const python = {
  name: 'python',
  space: () => ({ repository: 350e6, cache: 0 }),

  /** @param {Context} context */
  isCurrent(context) {
    return hasEnvironment(context) && hasTranslator(context);
  },

  /**
   * A venv cannot be moved, so it is made in place; its marker comes last, and one without a marker is thrown away.
   *
   * @param {Context} context
   */
  async run(context) {
    const { venv, requirements, progress } = context;
    if (hasEnvironment(context)) {
      installTranslator(context); // that alone has changed
      return readJson(context.record)?.steps?.python ?? { venv };
    }
    const base = findPython(context.env).python;
    if (!base)
      throw new SetupFailure('Python vanished', {
        found: 'no usable python3',
        fix: 'run "npm run setup" again',
      });
    const options = { env: pythonEnvironment(context.env), onSpawn: context.onSpawn };

    progress.detail('creating the environment');
    removeFolder(venv);
    const created = await runCommand([base.command, '-m', 'venv', venv], {
      ...options,
      log: context.logOf('python-venv'),
    });
    if (!created.ok) throw commandFailure(`${base.command} cannot create a virtual environment`, created);

    const pinned = readFileSync(requirements, 'utf8').match(/^[\w.-]+==/gm)?.length ?? 0;
    let collected = 0;
    const installed = await runCommand(
      [
        pythonOf(venv),
        '-m',
        'pip',
        'install',
        '--progress-bar',
        'off',
        '--retries',
        '2',
        '--require-hashes',
        '-r',
        requirements,
      ],
      {
        ...options,
        log: context.logOf('python'),
        onLine: (line) => {
          if (line.startsWith('Collecting ')) progress.detail(`package ${++collected} of at most ${pinned}`);
          if (line.startsWith('Installing ')) progress.detail('installing');
        },
      },
    );
    if (!installed.ok) throw commandFailure('Python packages cannot be installed', installed);

    const packages = installedPackages(venv);
    installTranslator(context);
    writeJsonAtomic(markerOf(context), {
      venv,
      requirements: sha256FileSync(requirements),
      python: base,
      packages,
    });
    return { python: base.version, base: base.executable, venv, packages: packages.length };
  },
};

/** @param {Context} context */
function hasEnvironment(context) {
  const { venv, requirements, env } = context;
  const marker = readJson(markerOf(context));
  if (!marker || marker.venv !== venv || marker.requirements !== sha256FileSync(requirements)) return false;
  if (env.FOVEA_PYTHON && findProgram(env.FOVEA_PYTHON, env) !== marker.python.command) return false;
  return (
    existsSync(pythonOf(venv)) &&
    marker.packages.every((/** @type {string} */ path) => exists(join(venv, path)))
  );
}

/** @param {string} venv */
export function pythonOf(venv) {
  return join(venv, 'bin/python');
}

/** @param {Context} context */
export function markerOf({ venv }) {
  return join(venv, '.fovea-complete.json');
}

/**
 * One path a package, whose absence shows that somebody removed it.
 *
 * @param {string} venv
 */
function installedPackages(venv) {
  const [version] = readdirSync(join(venv, 'lib')).filter((name) => name.startsWith('python'));
  const site = join('lib', version, 'site-packages');
  return readdirSync(join(venv, site))
    .filter((name) => name.endsWith('.dist-info'))
    .map((name) => join(site, name, 'METADATA'));
}
