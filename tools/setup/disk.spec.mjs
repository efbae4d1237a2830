import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { leftovers, makeRepository, setUp } from './testing/kit.mjs';

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
