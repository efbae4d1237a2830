import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeWheel } from './make-wheel.mjs';

const driver = fileURLToPath(new URL('drive.mjs', import.meta.url));
const program = fileURLToPath(new URL('fake-program.mjs', import.meta.url));
export const libraries = ['tensorflow/libtensorflow_cc.so.2', 'tensorflow/libtensorflow_framework.so.2'];

/** @typedef {ReturnType<typeof makeRepository>} Repository */

/**
 * A small repository with its own cache, and programs on its own $PATH that stand for npm, Python and the compiler.
 *
 * @param {import('node:test').TestContext} test
 * @param {{ libraryBytes?: number }} [options]
 */
export function makeRepository(test, { libraryBytes = 1000 } = {}) {
  const root = mkdtempSync(join(tmpdir(), 'fovea-setup-'));
  test.after(() => rmSync(root, { recursive: true, force: true, maxRetries: 5 }));
  const bin = join(root, 'bin');
  mkdirSync(bin);
  mkdirSync(join(root, 'tools/python'), { recursive: true });
  mkdirSync(join(root, 'libs/tensorflow/native/kernels'), { recursive: true });
  writeFileSync(join(root, 'libs/tensorflow/native/quiet_loader.cc'), 'int y;');
  writeFileSync(join(root, 'libs/tensorflow/native/kernels/op.cc'), 'int z;');
  symlinkSync(process.execPath, join(bin, 'node'));
  for (const name of ['npm', 'python3', 'c++']) symlinkSync(program, join(bin, name));
  const packages = ['a', 'node-api-headers', '@tensorflow/tfjs-node', '@tensorflow/tfjs-node-gpu'];
  const locked = Object.fromEntries(packages.map((name) => [`node_modules/${name}`, { version: '1.0.0' }]));
  writeFileSync(join(root, 'package.json'), '{}');
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ packages: { '': {}, ...locked } }));
  writeFileSync(join(root, 'tools/python/requirements.txt'), 'half==1.0\nwhole==1.0\n');
  const wheel = join(root, 'fake.whl');
  const files = {
    [libraries[0]]: Buffer.alloc(libraryBytes, 'library'),
    [libraries[1]]: 'framework',
    'tensorflow/include/tensorflow/c/c_api.h': '// header',
    'tensorflow/python/unwanted.py': 'pass',
  };
  const sha256 = makeWheel(wheel, files);
  const pin = { package: 'tensorflow-cpu', version: '2.21.0', target: [], sha256, bytes: 1000 };
  const bundle = { name: 'fake', tensorflow: '2.21.0', wheels: [pin], libraries, unpackedBytes: 1000 };
  writeFileSync(join(root, 'bundle.json'), JSON.stringify(bundle));
  const env = {
    PATH: bin,
    HOME: root,
    FOVEA_CACHE: join(root, 'cache'),
    WHEEL: wheel,
    PAUSE_FILE: join(root, 'paused'),
  };
  return { root, bin, env, wheel, cache: env.FOVEA_CACHE };
}

/**
 * @param {Repository} repository
 * @param {NodeJS.ProcessEnv} [extra] added to the repository's own environment
 * @param {string} [command]
 */
export function start({ root, env }, extra = {}, command = 'setup') {
  const child = spawn(process.execPath, [driver, command, root], { env: { ...env, ...extra }, cwd: root });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  const ended = new Promise((resolve) =>
    child.on('close', (status, signal) => resolve({ status, signal, output })),
  );
  return {
    child,
    ended: /** @type {Promise<{ status: number | null, signal: string | null, output: string }>} */ (ended),
  };
}

/**
 * @param {Repository} repository
 * @param {NodeJS.ProcessEnv} [env]
 */
export function setUp(repository, env) {
  return start(repository, env).ended;
}

/** @param {Repository} repository */
export function doctor(repository) {
  return start(repository, {}, 'doctor').ended;
}

/**
 * @param {() => boolean} condition
 * @param {string} what
 */
export async function waitFor(condition, what) {
  for (let waited = 0; waited < 30_000; waited += 10) {
    if (condition()) return;
    await sleep(10);
  }
  throw new Error(`waited 30 s in vain for ${what}`);
}

/**
 * The folder of a content-addressed part of the cache.
 *
 * @param {Repository} repository
 * @param {string} part
 */
export function cached({ cache }, part) {
  const [name] = readdirSync(join(cache, part));
  return join(cache, part, name);
}

/**
 * Names anywhere in the repository or its cache that only an unfinished or dead set-up leaves.
 *
 * @param {Repository} repository
 */
export function leftovers({ root }) {
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => /\.tmp-|setup\.lock|\.whl$/.test(name) && name !== 'fake.whl');
}

/** @param {Repository} repository */
export function pausedProgram({ env }) {
  return existsSync(env.PAUSE_FILE) ? Number(readFileSync(env.PAUSE_FILE, 'utf8')) : 0;
}

/**
 * @param {Repository} repository
 * @param {string} name
 */
export function removeProgram({ bin }, name) {
  rmSync(join(bin, name));
}
