import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { makeWheel } from './testing/make-wheel.mjs';
import { unpackWheel } from './unpack-wheel.mjs';
import { bundleFor } from './wheels.mjs';

const folder = mkdtempSync(join(tmpdir(), 'fovea-wheel-'));
after(() => rmSync(folder, { recursive: true }));

for (const isStored of [false, true]) {
  test(`a ${isStored ? 'stored' : 'deflated'} wheel gives the wanted files, with their content and digests`, async () => {
    const wheel = join(folder, 'a.whl');
    makeWheel(wheel, { 'tensorflow/a': 'abc', 'tensorflow/empty': '', 'other/b': 'b' }, { isStored });
    const files = await unpackWheel(
      wheel,
      join(folder, 'out'),
      (path) => path.startsWith('tensorflow/'),
      () => undefined,
    );
    assert.equal(readFileSync(join(folder, 'out/tensorflow/a'), 'utf8'), 'abc');
    assert.deepEqual(
      files.map(({ path, bytes }) => [path, bytes]),
      [
        ['tensorflow/a', 3],
        ['tensorflow/empty', 0],
      ],
    );
    assert.equal(files[0].sha256, 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    assert.equal(existsSync(join(folder, 'out/other')), false);
  });
}

test('a wheel that is cut short, or whose RECORD disagrees, is refused with its name', async () => {
  const wheel = join(folder, 'b.whl');
  const unpack = () =>
    unpackWheel(
      wheel,
      join(folder, 'b'),
      () => true,
      () => undefined,
    );
  makeWheel(wheel, { a: 'abc' }, { record: 'a,sha256=AAAA,3' });
  await assert.rejects(unpack, /a in \S+b\.whl has SHA-256 ungW\S+, its RECORD says AAAA/);
  truncateSync(wheel, 40);
  await assert.rejects(unpack, /b\.whl is cut short: it has no zip directory/);
});

test('a machine without a wheel is told which have one', () => {
  assert.throws(() => bundleFor({ platform: 'darwin', arch: 'x64', gpu: false }), {
    message: /no wheel/,
    found: 'darwin-x64',
    fix: /linux-x64, linux-arm64, darwin-arm64/,
  });
  assert.throws(() => bundleFor({ platform: 'linux', arch: 'arm64', gpu: true }), { fix: 'unset FOVEA_GPU' });
});
