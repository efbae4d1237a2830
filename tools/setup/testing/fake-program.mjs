#!/usr/bin/env node
// Stands for npm, Python (with venv and pip) and the C++ compiler in the specs. $FAULT makes it fail, $PAUSE makes it stop half-way.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const { FAULT = '', PAUSE = '', PAUSE_FILE = '', WHEEL = '' } = process.env;
const [program, args] = [basename(process.argv[1]), process.argv.slice(2)];

if (program === 'npm') await npm();
else if (program === 'c++') await compile();
else if (args[0] === '-c') probe();
else if (args[1] === 'venv') await venv(args[2]);
else if (args[2] === 'install') await pipInstall();
else await pipDownload();

async function npm() {
  failOn(
    'npm-offline',
    'npm error code ENOTFOUND\nnpm error request failed, reason: getaddrinfo ENOTFOUND registry.invalid',
  );
  rmSync('node_modules', { recursive: true, force: true });
  write('node_modules/a/package.json', '{}');
  await pauseAt('npm');
  write('node_modules/node-api-headers/package.json', '{"version":"1.0.0"}');
  write('node_modules/@tensorflow/tfjs-node-gpu/package.json', '{}');
  write('node_modules/@tensorflow/tfjs-node-gpu/binding/tfjs_binding.cc', 'int x;');
  copyFileSync(
    new URL('fake-tensorflow.cjs', import.meta.url),
    makeParent('node_modules/@tensorflow/tfjs-node/index.js'),
  );
}

function probe() {
  failOn('python-broken', 'cannot run');
  const missing = FAULT === 'no-venv' ? ['ensurepip'] : [];
  console.log(
    JSON.stringify({
      version: FAULT === 'old-python' ? '3.9.2' : '3.12.1',
      executable: process.argv[1],
      missing,
    }),
  );
}

/** @param {string} folder */
async function venv(folder) {
  mkdirSync(join(folder, 'bin'), { recursive: true });
  await pauseAt('venv');
  mkdirSync(join(folder, 'lib/python3.12/site-packages'), { recursive: true });
  symlinkSync(process.argv[1], join(folder, 'bin/python'));
}

async function pipInstall() {
  failOn(
    'pip-offline',
    'WARNING: Retrying after NewConnectionError: Temporary failure in name resolution\nERROR: No matching distribution',
  );
  const site = join(dirname(dirname(process.argv[1])), 'lib/python3.12/site-packages');
  write(join(site, 'half-1.0.dist-info/METADATA'), '');
  await pauseAt('pip');
  write(join(site, 'whole-1.0.dist-info/METADATA'), '');
}

async function pipDownload() {
  failOn('download-offline', 'WARNING: Retrying after NewConnectionError: Network is unreachable');
  failOn(
    'download-hash',
    'ERROR: THESE PACKAGES DO NOT MATCH THE HASHES\n  Expected sha256 aa\n  Got        bb',
  );
  const destination = join(args[args.indexOf('--dest') + 1], 'wheel.whl');
  writeFileSync(destination, readFileSync(WHEEL).subarray(0, 10));
  await pauseAt('download');
  if (FAULT !== 'download-short') copyFileSync(WHEEL, destination);
}

async function compile() {
  const output = args[args.indexOf('-o') + 1];
  failOn('compiler-broken', 'fatal error: optional: No such file or directory');
  if (FAULT === 'binding-broken' && output.endsWith('.node'))
    failOn(FAULT, 'tfjs_binding.cc:1: error: expected x');
  writeFileSync(output, 'half');
  if (output.endsWith('.node')) await pauseAt('compile');
  writeFileSync(output, args.join(' '));
}

/** @param {string} point */
async function pauseAt(point) {
  if (PAUSE !== point || existsSync(PAUSE_FILE)) return;
  writeFileSync(PAUSE_FILE, String(process.pid));
  await sleep(60_000);
}

/**
 * @param {string} fault
 * @param {string} message
 */
function failOn(fault, message) {
  if (FAULT !== fault) return;
  console.error(message);
  process.exit(1);
}

/**
 * @param {string} path
 * @param {string} text
 */
function write(path, text) {
  writeFileSync(makeParent(path), text);
}

/** @param {string} path */
function makeParent(path) {
  mkdirSync(dirname(path), { recursive: true });
  return path;
}
