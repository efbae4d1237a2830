import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { sha256FileSync } from './digest.mjs';

/** @typedef {import('./context.mjs').Context} Context */

const module = 'papermill_typescript.py';
const infoName = 'papermill_typescript-0.dist-info';
const entryPoints = '[papermill.engine]\ntypescript = papermill_typescript:TypeScriptEngine\n';

/**
 * Whether the environment has the workspace's translator of papermill parameters as it is now; a workspace without one needs none.
 *
 * @param {Context} context
 */
export function hasTranslator({ root, venv }) {
  const source = sourceOf(root);
  if (!existsSync(source)) return true;
  const site = sitePackages(venv);
  if (site === undefined || !existsSync(join(infoOf(site), 'entry_points.txt'))) return false;
  const copy = join(site, module);
  return existsSync(copy) && sha256FileSync(copy) === sha256FileSync(source);
}

/**
 * Puts it there: one file and what makes papermill find it, which needs neither pip nor a build.
 *
 * @param {Context} context
 */
export function installTranslator({ root, venv }) {
  const source = sourceOf(root);
  const site = sitePackages(venv);
  if (!existsSync(source) || site === undefined) return;
  const info = infoOf(site);
  rmSync(info, { recursive: true, force: true });
  mkdirSync(info);
  copyFileSync(source, join(site, module));
  const files = {
    METADATA: `Metadata-Version: 2.1\nName: papermill-typescript\nVersion: ${versionOf(root)}\n`,
    INSTALLER: 'fovea\n',
    'top_level.txt': 'papermill_typescript\n',
    'entry_points.txt': entryPoints,
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(info, name), text);
  const record = [
    module,
    ...Object.keys(files).map((name) => join(infoName, name)),
    join(infoName, 'RECORD'),
  ];
  writeFileSync(join(info, 'RECORD'), record.map((path) => `${path},,\n`).join(''));
}

/** @param {string} site */
function infoOf(site) {
  return join(site, infoName);
}

/** @param {string} root */
function sourceOf(root) {
  return join(root, 'tools/kernel/papermill-typescript', module);
}

/** @param {string} root */
function versionOf(root) {
  const project = readFileSync(join(root, 'tools/kernel/papermill-typescript/pyproject.toml'), 'utf8');
  return /^version = "(.*)"$/m.exec(project)?.[1] ?? '0';
}

/** @param {string} venv */
function sitePackages(venv) {
  const lib = join(venv, 'lib');
  if (!existsSync(lib)) return undefined;
  const version = readdirSync(lib).find((name) => name.startsWith('python'));
  return version === undefined ? undefined : join(lib, version, 'site-packages');
}
