import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { cacheDirectory } from '../../libs/files/src/cache-directory.mjs';
import { removeStaleTemporaries, temporarySibling } from './atomic.mjs';
import { createContext } from './context.mjs';
import { formatFindings } from './doctor.mjs';
import { commandFailure } from './failure.mjs';
import { installScripts } from './install-scripts.mjs';
import { acquireLock } from './lock.mjs';

const folder = mkdtempSync(join(tmpdir(), 'fovea-units-'));
const repository = createContext({ env: { FOVEA_CACHE: folder } });
after(() => rmSync(folder, { recursive: true }));

test('the cache folder follows FOVEA_CACHE, XDG_CACHE_HOME and HOME, and falls back to the repository', () => {
  const home = process.platform === 'darwin' ? 'Library/Caches/fovea' : '.cache/fovea';
  const all = { FOVEA_CACHE: join(folder, 'f'), XDG_CACHE_HOME: join(folder, 'x'), HOME: join(folder, 'h') };
  assert.equal(cacheDirectory(all, folder), join(folder, 'f'));
  assert.equal(cacheDirectory({ ...all, FOVEA_CACHE: '' }, folder), join(folder, 'x/fovea'));
  assert.equal(
    cacheDirectory({ HOME: all.HOME, XDG_CACHE_HOME: 'relative' }, folder),
    join(folder, 'h', home),
  );
  writeFileSync(join(folder, 'file'), '');
  assert.equal(cacheDirectory({ HOME: join(folder, 'file') }, folder), join(folder, '.fovea/cache'));
});

test('temporaries of dead processes are removed, those of living ones stay', () => {
  const mine = temporarySibling(join(folder, 'temporaries/a'));
  mkdirSync(mine);
  mkdirSync(mine.replace(`-${process.pid}-`, '-4194304999-'));
  removeStaleTemporaries(join(folder, 'temporaries'));
  assert.deepEqual(
    readdirSync(join(folder, 'temporaries')).map((name) => join(folder, 'temporaries', name)),
    [mine],
  );
});

for (const [name, content] of [
  ['of a dead process', JSON.stringify({ pid: 4194304999, started: '1', token: 'x' })],
  ['of a recycled process number', JSON.stringify({ pid: process.pid, started: 'long ago', token: 'x' })],
  ['cut short', '{"pid":'],
]) {
  test(`a lock ${name} is taken over`, async () => {
    const path = join(folder, 'locks/setup.lock');
    mkdirSync(join(folder, 'locks'), { recursive: true });
    writeFileSync(path, content);
    const lock = await acquireLock(path, () => assert.fail('must not wait'));
    assert.equal(JSON.parse(readFileSync(path, 'utf8')).pid, process.pid);
    lock.release();
    assert.deepEqual(readdirSync(join(folder, 'locks')), []);
  });
}

/** @type {[output: string, expected: RegExp][]} */
const outputs = [
  ['OSError: [Errno 28] No space left on device', /the disk is full/],
  [
    'npm error code EUSAGE\nnpm error package-lock.json not in sync\nnpm error Missing: a@1',
    /does not fit.*found: npm error Missing: a@1.*npm install --package-lock-only/s,
  ],
  ['npm error code EINTEGRITY\nsha512 wanted', /not the file that this repository pins/],
  [
    'npm error code E1\nnpm error what went wrong\nnpm error A complete log of this run',
    /found: exit status 1; npm error what went wrong/,
  ],
];
for (const [output, expected] of outputs) {
  test(`the output "${output.slice(0, 30)}…" is explained`, () => {
    const result = { ok: false, status: 'exit status 1', stdout: '', output, log: '/log' };
    assert.match(
      commandFailure('x', result)
        .describe('step')
        .replaceAll('\n', ' ')
        .concat(commandFailure('x', result).describe('step')),
      expected,
    );
  });
}

test('the doctor marks each finding and puts the remedy below what is broken', () => {
  const findings = /** @type {const} */ ([
    { name: 'a', state: 'ok', value: 'fine' },
    { name: 'bcd', state: 'broken', value: 'absent', fix: 'npm run setup' },
    { name: 'e', state: 'none', value: 'off' },
  ]);
  assert.equal(
    formatFindings([...findings]),
    '✓ a    fine\n✗ bcd  absent\n       → npm run setup\n– e    off',
  );
});

test('every locked package with an install script has a decision, and every decision a package', () => {
  const { packages } = JSON.parse(readFileSync(repository.packageLock, 'utf8'));
  const withScript = Object.keys(packages).filter(
    (path) => packages[path].hasInstallScript && !packages[path].optional,
  );
  const names = new Set(withScript.map((path) => path.replace(/^.*node_modules\//, '')));
  assert.deepEqual([...names].sort(), Object.keys(installScripts).sort());
});

test('every Python requirement has an exact version and digests', () => {
  const requirements = readFileSync(repository.requirements, 'utf8').replaceAll('\\\n', ' ').split('\n');
  for (const line of requirements.filter((text) => text && !text.startsWith('#'))) {
    assert.match(line, /^[\w.-]+==[\w.]+( ; [^\\]+?)? +--hash=sha256:[0-9a-f]{64}/);
  }
});
