import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, writeJsonAtomic } from '../atomic.mjs';
import { sha256FileSync, sha256Json } from '../digest.mjs';
import { commandFailure } from '../failure.mjs';
import { exists } from '../files.mjs';
import { installScripts } from '../install-scripts.mjs';
import { runCommand } from '../run-command.mjs';

/** @typedef {import('../context.mjs').Context} Context */

// Two short retries instead of minutes of silence when there is no network; the lock file pins every tarball's digest.
const install = [
  ...[
    'ci',
    '--ignore-scripts',
    '--include=dev',
    '--prefer-offline',
    '--no-audit',
    '--no-fund',
    '--loglevel=warn',
  ],
  ...['--fetch-retries=2', '--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=5000'],
];

export const npm = {
  name: 'npm',
  space: () => ({ repository: 900e6, cache: 0 }),

  /** @param {Context} context */
  isCurrent(context) {
    const marker = readJson(markerOf(context));
    return (
      marker?.key === keyOf(context) &&
      marker.packages.every((/** @type {string} */ path) => exists(join(context.root, path)))
    );
  },

  /** @param {Context} context */
  async run(context) {
    const { root, env } = context;
    const options = { cwd: root, env, onSpawn: context.onSpawn };
    const isInstalled = isInstalledByNpm(context);
    if (!isInstalled) {
      rmSync(markerOf(context), { force: true });
      const result = await runCommand(['npm', ...install], { ...options, log: context.logOf('npm') });
      if (!result.ok) throw commandFailure('npm packages cannot be installed', result);
    }
    for (const name of wantedScripts()) {
      const command = ['npm', 'rebuild', '--ignore-scripts=false', '--foreground-scripts', name];
      const result = await runCommand(command, {
        ...options,
        log: context.logOf(`npm-${name.replace('/', '-')}`),
      });
      if (!result.ok) throw commandFailure(`the install script of ${name} failed`, result);
    }
    const packages = Object.keys(lockedPackages(context)).filter((path) => path && exists(join(root, path)));
    writeJsonAtomic(markerOf(context), { key: keyOf(context), packages });
    return { packages: packages.length, installed: isInstalled ? 'found complete' : 'npm ci' };
  },
};

/** @param {Context} context */
function markerOf({ nodeModules }) {
  return join(nodeModules, '.fovea-complete.json');
}

/** @param {Context} context */
function keyOf({ packageLock, platform, arch }) {
  const scripts = wantedScripts();
  // All native packages are N-API, so Node's ABI matters only to what an install script compiles.
  return sha256Json([
    sha256FileSync(packageLock),
    platform,
    arch,
    scripts,
    scripts.length > 0 ? process.versions.modules : '',
  ]);
}

function wantedScripts() {
  return Object.keys(installScripts).filter((name) => installScripts[name].run);
}

/** @param {Context} context */
function lockedPackages({ packageLock }) {
  return JSON.parse(readFileSync(packageLock, 'utf8')).packages;
}

/**
 * Whether node_modules is already what the lock file says, as after the user's own `npm install`: npm writes its inner lock file last.
 *
 * @param {Context} context
 */
function isInstalledByNpm(context) {
  const inner = readJson(join(context.nodeModules, '.package-lock.json'))?.packages;
  if (!inner) return false;
  return Object.entries(lockedPackages(context)).every(([path, locked]) => {
    if (path === '') return true;
    const installed = inner[path];
    if (!installed) return Boolean(locked.optional ?? locked.devOptional ?? locked.extraneous);
    return (
      installed.version === locked.version &&
      installed.integrity === locked.integrity &&
      exists(join(context.root, path))
    );
  });
}
