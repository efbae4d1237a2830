import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { cached, leftovers, libraries, makeRepository, setUp } from './testing/kit.mjs';

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
