import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporarySibling } from './atomic.mjs';
import { pythonEnvironment } from './context.mjs';
import { sha256File } from './digest.mjs';
import { SetupFailure, commandFailure } from './failure.mjs';
import { folderBytes, megabytes } from './files.mjs';
import { runCommand } from './run-command.mjs';
import { pythonOf } from './steps/python.mjs';

const pollMs = 300;

/**
 * The pinned wheel in the cache, downloaded by pip unless an interrupted set-up left it there whole.
 *
 * @param {import('./context.mjs').Context} context
 * @param {import('./wheels.mjs').Wheel} wheel
 * @returns {Promise<string>}
 */
export async function downloadWheel(context, wheel) {
  const { cache, progress } = context;
  const path = join(cache, 'downloads', `${wheel.package}-${wheel.version}-${wheel.sha256.slice(0, 16)}.whl`);
  if (existsSync(path)) {
    progress.detail(`checking the downloaded ${wheel.package}`);
    if ((await sha256File(path)) === wheel.sha256) return path;
    progress.line(`  the downloaded wheel of ${wheel.package} is damaged: downloading it again`);
    rmSync(path, { force: true });
  }
  const folder = temporarySibling(path);
  mkdirSync(folder);
  const poll = setInterval(() => {
    const total = wheel.bytes === undefined ? '' : ` of ${megabytes(wheel.bytes)}`;
    progress.detail(`downloading ${wheel.package}, ${megabytes(folderBytes(folder))}${total}`);
  }, pollMs);
  try {
    renameSync(await pipDownload(context, wheel, folder), path);
    return path;
  } finally {
    clearInterval(poll);
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {import('./context.mjs').Context} context
 * @param {import('./wheels.mjs').Wheel} wheel
 * @param {string} folder
 */
async function pipDownload(context, wheel, folder) {
  const { package: name, version, target, sha256 } = wheel;
  const requirement = join(folder, 'requirement.txt');
  writeFileSync(requirement, `${name}==${version} --hash=sha256:${sha256}\n`);
  const command = [
    ...[pythonOf(context.venv), '-m', 'pip', 'download', '--no-deps', '--only-binary', ':all:', ...target],
    ...[
      '--no-cache-dir',
      '--progress-bar',
      'off',
      '--retries',
      '2',
      '--require-hashes',
      '--dest',
      folder,
      '-r',
      requirement,
    ],
  ];
  const result = await runCommand(command, {
    log: context.logOf(`libtensorflow-${name}`),
    env: { ...pythonEnvironment(context.env), TMPDIR: folder },
    onSpawn: context.onSpawn,
  });
  if (!result.ok) throw commandFailure(`the wheel of ${name} ${version} cannot be downloaded`, result);
  const file = readdirSync(folder).find((entry) => entry.endsWith('.whl'));
  const actual = file === undefined ? 'no file' : await sha256File(join(folder, file));
  if (file !== undefined && actual === sha256) return join(folder, file);
  throw new SetupFailure(`the wheel of ${name} ${version} arrived damaged`, {
    found: `SHA-256 ${actual}, pinned is ${sha256}`,
    fix: 'run "npm run setup" again: nothing of it was kept',
    log: result.log,
  });
}
