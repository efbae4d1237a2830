import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from './processes.mjs';
import { doctor, leftovers, makeRepository, pausedProgram, setUp, start, waitFor } from './testing/kit.mjs';

for (const point of ['npm', 'venv', 'pip', 'download', 'compile']) {
  test(`a set-up killed by SIGKILL inside "${point}" takes its program along, is not done, and resumes`, async (t) => {
    const repository = makeRepository(t);
    const { child, ended } = start(repository, { PAUSE: point });
    await waitFor(() => pausedProgram(repository) > 0, point);
    child.kill('SIGKILL');
    await ended;
    await waitFor(() => !isAlive(pausedProgram(repository)), `the end of the program at ${point}`);
    assert.equal((await doctor(repository)).status, 1, 'the doctor must not take it for done');

    const { status, output } = await setUp(repository);
    assert.equal(status, 0, output);
    assert.match(output, /✓ verify/);
    assert.equal((await doctor(repository)).status, 0);
    assert.deepEqual(leftovers(repository), []);
  });
}

test('a set-up killed at twelve times, whatever it does then, always resumes to the end', async (t) => {
  const repository = makeRepository(t, { libraryBytes: 30_000_000 });
  for (let killAfterMs = 100; killAfterMs <= 1200; killAfterMs += 100) {
    const { child, ended } = start(repository);
    await sleep(killAfterMs);
    child.kill('SIGKILL');
    await ended;
  }
  assert.equal((await setUp(repository)).status, 0);
  assert.equal((await doctor(repository)).status, 0);
  assert.deepEqual(leftovers(repository), []);
});

test('what a set-up killed after its last step left is cleared by the next', async (t) => {
  const repository = makeRepository(t);
  assert.equal((await setUp(repository)).status, 0);
  const dead = spawnSync(process.execPath, ['-e', '']).pid;
  const lock = join(repository.root, '.fovea/setup.lock');
  const temporary = `${lock}.tmp-${hostname().replace(/[^\w]/g, '_')}-${dead}-0123abcd`;
  for (const path of [lock, temporary]) writeFileSync(path, JSON.stringify({ pid: dead, started: '1' }));
  assert.equal((await setUp(repository)).status, 0);
  assert.deepEqual(leftovers(repository), []);
});

test('an interrupt says how to go on, and the next set-up does', async (t) => {
  const repository = makeRepository(t);
  const { child, ended } = start(repository, { PAUSE: 'npm' });
  await waitFor(() => pausedProgram(repository) > 0, 'npm');
  child.kill('SIGINT');
  const { status, output } = await ended;
  assert.equal(status, 130);
  assert.match(output, /interrupted by SIGINT: run "npm run setup" again/);
  assert.equal((await setUp(repository)).status, 0);
  assert.deepEqual(leftovers(repository), []);
});

test('of two set-ups at once one works and the other waits for it', async (t) => {
  const repository = makeRepository(t);
  const first = start(repository, { PAUSE: 'pip' });
  await waitFor(() => pausedProgram(repository) > 0, 'pip');
  const second = start(repository);
  await sleep(700);
  first.child.kill('SIGTERM');
  assert.equal((await first.ended).status, 143);
  const { status, output } = await second.ended;
  assert.equal(status, 0, output);
  assert.match(output, /another set-up \(process \d+\) is at work/);

  for (const part of ['node_modules', '.fovea']) rmSync(`${repository.root}/${part}`, { recursive: true });
  const both = await Promise.all([setUp(repository), setUp(repository)]);
  assert.deepEqual(
    both.map((result) => result.status),
    [0, 0],
  );
  const lines = both.map((result) => /✓ npm/.test(result.output));
  assert.deepEqual(lines.sort(), [false, true], 'npm must run once');
});
