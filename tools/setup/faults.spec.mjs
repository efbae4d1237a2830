import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  cached,
  doctor,
  leftovers,
  libraries,
  makeRepository,
  removeProgram,
  setUp,
} from './testing/kit.mjs';

/** @type {[fault: string, step: string, message: RegExp][]} */
const programFaults = [
  [
    'no-venv',
    'prerequisites',
    /Python >= 3\.10 .*\n {2}found: .*python3: is 3\.12\.1 without the module ensurepip\n {2}fix: .*(python3\.12-venv|brew)/,
  ],
  ['old-python', 'prerequisites', /found: .*python3: is version 3\.9\.2\n {2}fix: .*(apt-get install|brew)/],
  [
    'compiler-broken',
    'prerequisites',
    /a C\+\+17 compiler\n {2}found: .*c\+\+ cannot compile .*\n {2}fix: .*\n {2}log: {3}\S+compiler\.log/,
  ],
  [
    'npm-offline',
    'npm',
    /registry cannot be reached\n {2}found: .*ENOTFOUND.*\n {2}fix: .*network.*\n {2}log: {3}\S+npm\.log/,
  ],
  [
    'pip-offline',
    'python',
    /registry cannot be reached\n {2}found: .*NewConnectionError.*\n {2}fix: .*network/,
  ],
  ['download-offline', 'libtensorflow', /registry cannot be reached\n {2}found: .*Network is unreachable/],
  ['download-hash', 'libtensorflow', /not the file that this repository pins\n {2}found: Got +bb/],
  ['download-short', 'libtensorflow', /arrived damaged\n {2}found: SHA-256 \w{64}, pinned is \w{64}/],
  [
    'binding-broken',
    'binding',
    /binding does not compile\n {2}found: exit status 1; tfjs_binding\.cc:1: error: expected x/,
  ],
  ['verify', 'verify', /does not work in Node\n {2}found: TensorFlow 1\.0\.0, wanted 2\.21\.0/],
];

for (const [fault, step, message] of programFaults) {
  test(`"${fault}" gives one message that names step, finding and remedy, and the next run repairs it`, async (t) => {
    const repository = makeRepository(t);
    const { status, output } = await setUp(repository, { FAULT: fault });
    assert.equal(status, 1);
    assert.match(output, new RegExp(`✗ ${step}: `));
    assert.match(output, message);
    assert.equal(output.match(/✗/g)?.length, 1, output);
    assert.deepEqual(leftovers(repository), []);
    assert.equal((await doctor(repository)).status, 1);
    assert.equal((await setUp(repository)).status, 0);
    assert.equal((await doctor(repository)).status, 0);
  });
}

test('a missing compiler, Python and npm are all named at once', async (t) => {
  const repository = makeRepository(t);
  for (const name of ['npm', 'python3', 'c++']) removeProgram(repository, name);
  const { status, output } = await setUp(repository);
  assert.equal(status, 1);
  assert.match(output, /npm\n {2}found: no npm on \$PATH/);
  assert.match(output, /found: no python3 on \$PATH/);
  assert.match(output, /C\+\+17 compiler\n {2}found: none of c\+\+, g\+\+, clang\+\+ on \$PATH/);
});

test('a CXX that is no program is told from a missing compiler', async (t) => {
  const { status, output } = await setUp(makeRepository(t), { CXX: 'nothing-of-this-name -O3' });
  assert.equal(status, 1);
  assert.match(output, /found: CXX=nothing-of-this-name -O3 is no program\n {2}fix: {3}unset CXX/);
});

/** @type {[name: string, damage: (repository: import('./testing/kit.mjs').Repository) => void, steps: string[]][]} */
const damages = [
  ['nothing', () => undefined, []],
  [
    'a deleted node_modules',
    ({ root }) => rmSync(join(root, 'node_modules'), { recursive: true }),
    ['npm', 'binding'],
  ],
  [
    'one deleted package',
    ({ root }) => rmSync(join(root, 'node_modules/a'), { recursive: true }),
    ['npm', 'binding'],
  ],
  ['a deleted cache', ({ cache }) => rmSync(cache, { recursive: true }), ['libtensorflow', 'binding']],
  ['a deleted venv', ({ root }) => rmSync(join(root, '.fovea/venv'), { recursive: true }), ['python']],
  [
    'a changed requirements file',
    ({ root }) => writeFileSync(join(root, 'tools/python/requirements.txt'), 'whole==1.0\n'),
    ['python'],
  ],
  ['a library cut short', (repository) => truncateSync(libraryOf(repository), 10), ['libtensorflow']],
  [
    'a library overwritten',
    (repository) => writeFileSync(libraryOf(repository), Buffer.alloc(1000)),
    ['libtensorflow'],
  ],
  ['a library touched', (repository) => utimesSync(libraryOf(repository), 1, 1), []],
  [
    'a binding overwritten',
    (repository) => writeFileSync(join(cached(repository, 'bindings'), 'tfjs_binding.node'), ''),
    ['binding'],
  ],
  ['a record cut short', ({ root }) => truncateSync(join(root, '.fovea/setup.json'), 10), ['verify']],
];

test('after a set-up', async (t) => {
  const repository = makeRepository(t);
  assert.equal((await setUp(repository)).status, 0);
  for (const [name, damage, steps] of damages) {
    await t.test(`${name} is found, and only ${steps.join(' and ') || 'no step'} done again`, async () => {
      // A library overwritten within the second of its unpacking is told by its time only from the next second on.
      ageLibrary(repository);
      assert.equal((await setUp(repository)).output, '');
      damage(repository);
      const { status, output } = await setUp(repository);
      assert.equal(status, 0, output);
      const done = [...output.matchAll(/✓ (\w+)/g)]
        .map(([, step]) => step)
        .filter((step) => step !== 'prerequisites');
      assert.deepEqual(done, steps);
    });
  }
});

test('a damaged wheel left in the cache is thrown away and downloaded again', async (t) => {
  const repository = makeRepository(t);
  const { wheels } = JSON.parse(readFileSync(join(repository.root, 'bundle.json'), 'utf8'));
  const name = `tensorflow-cpu-2.21.0-${wheels[0].sha256.slice(0, 16)}.whl`;
  mkdirSync(join(repository.cache, 'downloads'), { recursive: true });
  writeFileSync(join(repository.cache, 'downloads', name), 'half a wheel');
  const { status, output } = await setUp(repository);
  assert.equal(status, 0, output);
  assert.match(output, /downloaded wheel of tensorflow-cpu is damaged: downloading it again/);
  assert.deepEqual(leftovers(repository), []);
});

test('a home that cannot be written moves the cache into the repository, and says so', async (t) => {
  const repository = makeRepository(t);
  const home = join(repository.root, 'package.json'); // a file: nothing can be made below it, not even by root
  const { status, output } = await setUp(repository, { HOME: home, FOVEA_CACHE: '' });
  assert.equal(status, 0, output);
  assert.match(output, /package\.json\/\S+ cannot be written: the cache is \S+\.fovea\/cache/);
});

for (const [kilobytes, step] of /** @type {const} */ ([
  [200, 'prerequisites'],
  [1200, 'libtensorflow'],
])) {
  test(`a disk with ${kilobytes} kB free stops "${step}" and leaves nothing behind`, async (t) => {
    const repository = makeRepository(t, { libraryBytes: 3_000_000 });
    mkdirSync(repository.cache);
    const mounted = spawnSync('mount', [
      '-t',
      'tmpfs',
      '-o',
      `size=${kilobytes}k`,
      'tmpfs',
      repository.cache,
    ]);
    if (mounted.status !== 0) return t.skip('this machine lets nobody mount a small disk');
    try {
      if (step === 'prerequisites') {
        const path = join(repository.root, 'bundle.json');
        writeFileSync(
          path,
          JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), unpackedBytes: 3e6 }),
        );
      }
      const { status, output } = await setUp(repository);
      assert.equal(status, 1);
      assert.match(
        output,
        step === 'prerequisites'
          ? /✗ prerequisites: \d+ MB of free disk for/
          : /✗ libtensorflow: the disk is full\n {2}found: ENOSPC/,
      );
      assert.deepEqual(leftovers(repository), []);
    } finally {
      spawnSync('umount', [repository.cache]);
    }
    assert.equal((await setUp(repository)).status, 0);
  });
}

/** @param {import('./testing/kit.mjs').Repository} repository */
function libraryOf(repository) {
  return join(cached(repository, 'libtensorflow'), libraries[0]);
}

/** @param {import('./testing/kit.mjs').Repository} repository */
function ageLibrary(repository) {
  const manifest = join(cached(repository, 'libtensorflow'), 'manifest.json');
  utimesSync(libraryOf(repository), 1000, 1000);
  const { files } = JSON.parse(readFileSync(manifest, 'utf8'));
  writeFileSync(
    manifest,
    JSON.stringify({
      files: files.map((/** @type {object} */ file) => ({ ...file, second: secondOf(file) })),
    }),
  );
}

/** @param {any} file */
function secondOf(file) {
  return file.path === libraries[0] ? 1000 : file.second;
}
