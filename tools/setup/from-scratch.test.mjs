// The real set-up from nothing, with real registries: `node tools/setup/from-scratch.test.mjs` (about four minutes; not in `npm test`).
// Clones the repository's last commit, kills the set-up at five random moments, resumes it, and prints what the calls cost.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const kills = 5;
const longestMs = 60_000;
const source = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'fovea-from-scratch-'));

try {
  const killed = clone('killed');
  for (let i = 0; i < kills; i++) {
    const ms = randomInt(longestMs);
    const { status, output } = await setUp(killed, ms);
    console.log(
      `killed after ${(ms / 1000).toFixed(1)} s, at: ${output.trim().split('\n').at(-1) || 'the start'}`,
    );
    assert.ok(status === null || status === 0, output);
    if (status === null) assert.equal(doctor(killed), 1, 'the doctor takes a killed set-up for done');
  }
  report('resumed call', await setUp(killed));
  assert.equal(doctor(killed), 0);
  assert.deepEqual(temporaries(killed.root).concat(temporaries(killed.cache)), []);

  const fresh = clone('fresh');
  report('first call', await setUp(fresh));
  const second = report('second call', await setUp(fresh));
  assert.ok(second.seconds < 2, 'the second call must cost under 2 s');
  rmSync(join(fresh.root, 'node_modules'), { recursive: true });
  report('after deleting node_modules', await setUp(fresh));
  rmSync(fresh.cache, { recursive: true });
  report('after deleting the cache', await setUp(fresh));
  assert.equal(doctor(fresh), 0);
  console.log('✓ from scratch');
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** @param {string} name */
function clone(name) {
  const root = join(folder, name);
  execFileSync('git', ['clone', '--quiet', source, root]);
  return { root, cache: join(folder, `${name}-cache`) };
}

/**
 * @param {{ root: string, cache: string }} repository
 * @param {number} [killAfterMs]
 * @returns {Promise<{ status: number | null, output: string, seconds: number }>}
 */
async function setUp({ root, cache }, killAfterMs) {
  const startedAt = performance.now();
  const child = spawn(process.execPath, ['tools/setup/setup.mjs'], {
    cwd: root,
    env: { ...process.env, FOVEA_CACHE: cache },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  /** @type {Promise<number | null>} */
  const ended = new Promise((resolve) => child.on('close', resolve));
  if (killAfterMs !== undefined) {
    await Promise.race([ended, sleep(killAfterMs)]);
    child.kill('SIGKILL');
  }
  return { status: await ended, output, seconds: (performance.now() - startedAt) / 1000 };
}

/**
 * @param {string} name
 * @param {{ status: number | null, output: string, seconds: number }} result
 */
function report(name, result) {
  assert.equal(result.status, 0, result.output);
  const steps = [...result.output.matchAll(/^✓ (.*)$/gm)].map(([, step]) => step).join(', ');
  console.log(`${name}: ${result.seconds.toFixed(2)} s${steps && ` (${steps})`}`);
  return result;
}

/** @param {{ root: string, cache: string }} repository */
function doctor({ root, cache }) {
  const env = { ...process.env, FOVEA_CACHE: cache };
  return spawnSync(process.execPath, ['tools/setup/doctor.mjs'], { cwd: root, env }).status;
}

/** @param {string} root */
function temporaries(root) {
  return readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.tmp-\w+-\d+-[0-9a-f]{8}$/.test(name),
  );
}
