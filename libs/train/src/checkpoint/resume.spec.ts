import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fold, key, uniformArray } from '@fovea/random';
import { tf } from '@fovea/tensorflow';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FitHistory, FitOptions } from '../fit-options.ts';
import { fit } from '../fit.ts';
import { sgd } from '../optimisers/sgd.ts';
import { noiseViews, tinyLearner } from '../testing/tiny-learner.ts';
import { readCheckpoint } from './checkpoint.ts';

const KILLS = process.env.FOVEA_LONG === '1' ? 20 : 2;
const [STEPS_PER_EPOCH, EPOCHS] = [7, 4];

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fovea-run-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('a run that is killed', () => {
  it(
    `ends with the bits of one that never stopped, after ${KILLS} kills at random steps`,
    { timeout: 60_000 + KILLS * 20_000 },
    async () => {
      const whole = await start('none');
      expect(whole.final).toMatch(/^[0-9a-f]{64}$/);
      const [steps] = [STEPS_PER_EPOCH * EPOCHS];
      let kills = 0;
      for (let attempt = 0; kills < KILLS; attempt++) {
        const runFolder = join(folder, String(attempt));
        // Each run is killed again and again until it ends; kills fall on any step and, by the delay, on any moment of one.
        for (let life = 0; ; life++) {
          const [where, delay] = uniformArray(fold(fold(key(11), attempt), life), 2);
          const limit = kills < KILLS ? 1 + Math.floor(where * steps * 0.6) : Infinity;
          const { final, killed } = await start(runFolder, limit, delay * 20);
          if (killed) kills++;
          if (final !== undefined) {
            expect(final).toBe(whole.final);
            break;
          }
        }
        const files = readdirSync(runFolder).sort();
        expect(files.filter((name) => name.endsWith('.tmp'))).toEqual([]);
        expect(files.filter((name) => name.startsWith('step-') && name.endsWith('.json'))).toHaveLength(2);
      }
    },
  );
});

describe('checkpoints', { timeout: 60_000 }, () => {
  it('keep the newest ones and the best, and nothing of a process that was killed as it wrote', async () => {
    const checkpoints = { folder, keep: 3, best: { metric: 'spread', better: 'higher' } } as const;
    const torn = ['best.safetensors.7.1.tmp', 'best.json.7.2.tmp', 'step-000000003.safetensors.7.3.tmp'];
    for (const name of torn) writeFileSync(join(folder, name), 'half');
    const history = await run({ checkpoints, epochs: 5 });
    const steps = [9, 12, 15].map((step) => `step-${String(step).padStart(9, '0')}`);
    const expected = ['best', ...steps].flatMap((name) => [`${name}.json`, `${name}.safetensors`]);
    expect(readdirSync(folder).sort()).toEqual(expected.sort());
    const spread = history.series.find(({ name }) => name === 'spread')?.values ?? [];
    const means = [0, 3, 6, 9, 12].map((from) => (spread[from] + spread[from + 1] + spread[from + 2]) / 3);
    const best = readCheckpoint(join(folder, 'best.json')).position;
    expect(best.best).toBeCloseTo(Math.max(...means), 10);
    expect(best.step).toBe(3 * (means.indexOf(Math.max(...means)) + 1));
  });

  it('hold the state, the schedules, the position in the data and the history', async () => {
    await run({ checkpoints: { folder, everySteps: 2 }, epochs: 2 });
    const { tensors, position } = readCheckpoint(join(folder, 'step-000000006.json'));
    expect([...tensors.keys()].filter((name) => !name.startsWith('history/')).sort()).toEqual(
      [
        ...['w', 'bias', 'v', 'teacher.w', 'teacher.bias', 'teacher.v', 'seen'].map(
          (name) => `learner/${name}`,
        ),
        ...['w', 'bias', 'v'].map((name) => `optimiser/momentum/${name}`),
      ].sort(),
    );
    expect(tensors.get('learner/seen')?.data).toEqual(Int32Array.of(6));
    expect(position.loader).toEqual({ epoch: 2, batch: 0 });
    expect(position.schedules).toMatchObject({ learningRate: 0.05, momentum: 0.9 + 0.1 * (5 / 6) });
    expect(tensors.get('history/losses')?.shape).toEqual([6]);
  });

  it('stop a run on a signal, and take it up again with the same result', async () => {
    const whole = await run({ epochs: 2 });
    const stop = new AbortController();
    const onStep = ({ step }: { step: number }) => {
      if (step === 4) stop.abort(new Error('enough'));
    };
    const checkpoints = { folder };
    await expect(run({ epochs: 2, checkpoints, onStep, signal: stop.signal })).rejects.toThrow('enough');
    const rest = await run({ epochs: 2, checkpoints });
    expect(rest.resumedAt).toBe(4);
    expect(rest.losses).toEqual(whole.losses);
    expect(rest.series).toEqual(whole.series);
    expect(rest.epochs).toEqual(whole.epochs);
  });

  it('give back a run that is already complete', async () => {
    const first = await run({ checkpoints: { folder } });
    const again = await run({ checkpoints: { folder } });
    expect(again.resumedAt).toBe(3);
    expect(again.losses).toEqual(first.losses);
  });

  it('of another run are refused, naming what differs', async () => {
    await run({ checkpoints: { folder } });
    const other = run({ checkpoints: { folder }, key: key(99), epochs: 2 });
    await expect(other).rejects.toThrow(
      /belongs to another run: key \[0,3\] where this run has \[0,99\]; epochs 1/,
    );
    const config = run({ checkpoints: { folder, identity: 'lr 0.1' } });
    await expect(config).rejects.toThrow('identity "" where this run has "lr 0.1"');
    await expect(run({ checkpoints: { folder, resume: false } })).rejects.toThrow('exists already');
    const wider = tinyLearner(key(0));
    const swapped = {
      ...wider,
      state: new Map([...wider.state, ['extra', wider.weights.get('w') as never]]),
    };
    await expect(run({ checkpoints: { folder }, learner: swapped })).rejects.toThrow('lacks "learner/extra"');
    await expect(run({ checkpoints: { folder }, optimiser: sgd() })).rejects.toThrow(
      'holds "optimiser/momentum/bias", "optimiser/momentum/v", "optimiser/momentum/w", which this run does not have',
    );
  });

  const damages: [string, (json: string, tensors: string) => void, string][] = [
    [
      'cut tensors',
      (_, path) => writeFileSync(path, readFileSync(path).subarray(0, 99)),
      'and the file has 99',
    ],
    ['one flipped bit', (_, path) => flip(path), 'whose contents have changed since'],
    ['no tensors', (_, path) => rmSync(path), 'names tensors that cannot be read'],
    ['cut JSON', (path) => writeFileSync(path, readFileSync(path).subarray(0, 99)), 'cannot be read'],
    [
      'other JSON',
      (path) => writeFileSync(path, '{"format":"other"}'),
      'is not a checkpoint (its format is "other")',
    ],
    ['no object', (path) => writeFileSync(path, '3'), 'holds no object'],
    ['another version', (path) => edit(path, { version: 2 }), 'has version 2; this program reads 1'],
    ['a missing field', (path) => edit(path, { epochs: undefined }), 'lacks epochs'],
    ['no name of tensors', (path) => edit(path, { tensors: undefined }), 'lacks tensors'],
  ];
  it.each(damages)('with %s are refused with the reason and the remedy', async (_, damage, reason) => {
    await run({ checkpoints: { folder } });
    damage(join(folder, 'step-000000003.json'), join(folder, 'step-000000003.safetensors'));
    const resumed = run({ checkpoints: { folder } });
    await expect(resumed).rejects.toThrow(reason);
    await expect(resumed).rejects.toThrow('Delete it and its .safetensors to go on from an older one.');
  });
});

async function run(changes: Partial<FitOptions>): Promise<FitHistory> {
  const learner = changes.learner ?? tinyLearner(key(0));
  const optimiser = changes.optimiser ?? sgd({ momentum: 0.9 });
  try {
    return await fit({
      learner,
      optimiser,
      views: noiseViews(key(1), 3),
      key: key(3),
      epochs: 1,
      learningRate: () => 0.05,
      ...changes,
    });
  } finally {
    optimiser.dispose();
    learner.dispose();
  }
}

/** Runs in a process of its own, which is killed some milliseconds after it printed a step; resolves to what it printed last. */
function start(
  runFolder: string,
  killAfter = Infinity,
  delay = 0,
): Promise<{ final?: string; killed: boolean }> {
  const { FORCE_COLOR: _colour, NODE_OPTIONS: _options, ...env } = process.env;
  const script = fileURLToPath(new URL('../testing/killable-run.ts', import.meta.url));
  const args = ['--import', 'tsx', script, runFolder, String(STEPS_PER_EPOCH), String(EPOCHS)];
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  return new Promise((resolve, reject) => {
    let [text, errors, steps] = ['', '', 0];
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const done = text.split('\nstep ').length;
      if (done >= killAfter && steps < killAfter) setTimeout(() => child.kill('SIGKILL'), delay);
      steps = done;
    });
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.on('close', (code, signal) => {
      if (signal === null && code !== 0) reject(new Error(`the run ended with ${code}: ${errors}`));
      const final = /^final (\w+)$/m.exec(text)?.[1];
      resolve({ ...(final !== undefined && { final }), killed: signal === 'SIGKILL' });
    });
  });
}

function flip(path: string): void {
  const bytes = readFileSync(path);
  bytes[bytes.length - 1] ^= 1;
  writeFileSync(path, bytes);
}

function edit(path: string, changes: Record<string, unknown>): void {
  const value = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  writeFileSync(path, JSON.stringify({ ...value, ...changes }));
}

it('restores nothing when a tensor has another shape', async () => {
  await run({ checkpoints: { folder } });
  const learner = tinyLearner(key(0));
  const bias = tf.variable(tf.zeros([3]));
  const changed = { ...learner, state: new Map([...learner.state, ['bias', bias]]) };
  const resumed = run({ checkpoints: { folder }, learner: changed });
  await expect(resumed).rejects.toThrow('has "learner/bias" as F32 [12], and this run as F32 [3]');
});
