import assert from 'node:assert/strict';
import { test } from 'node:test';
import { doctor, leftovers, makeRepository, removeProgram, setUp } from './testing/kit.mjs';

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
