/**
 * `npm run parity:steps`: trains every method of `npm run parity` for some steps here and with PyTorch + lightly from the same weights on the same
 * views, and compares the loss of each step. What a comparison of accuracies cannot tell apart shows here: batch norm's momentum, the order
 * of a momentum update, of a queue, of weight decay and of the learning rate.
 *
 * --steps N       (default 8)
 * --methods a,b   some of simclr, bam, byol, moco-v2 (default all)
 *
 * Differences are relative, from PyTorch in double precision; float32 rounding grows from step to step, so PyTorch's own float32 run is printed beside.
 * Exits with 1 when a loss is further away than 1e-4 and than four times the furthest that PyTorch's had been until then.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { makeViews } from '@fovea/augment';
import { loadCifar10, type ImageSet } from '@fovea/data';
import { readSafetensors, safeTensorFloats, writeSafetensors, type SafeTensor } from '@fovea/files';
import type { Learner } from '@fovea/methods';
import { fold, key } from '@fovea/random';
import { ready } from '@fovea/tensorflow';
import { fit, sgd } from '@fovea/train';
import { PARITY_METHODS, SCALE, type ParityMethod } from './methods/recipes.ts';
import { torchPython } from './peers/environment.ts';

const FLOOR = 1e-4;
const SHARE = 4;
const BATCH = 64;

const { values: flags } = parseArgs({
  options: {
    steps: { type: 'string', default: '8' },
    methods: { type: 'string', default: Object.keys(PARITY_METHODS).join() },
  },
});
const steps = Number(flags.steps);
const script = fileURLToPath(new URL('methods/train_peer.py', import.meta.url));
const python = torchPython();
const folder = mkdtempSync(join(tmpdir(), 'fovea-parity-'));
const rates = Array.from({ length: steps }, (_, step) => (SCALE.learningRate * (step + 1)) / steps);
try {
  await ready();
  const images = await loadCifar10({ split: 'train', limit: BATCH * steps });
  let failed = 0;
  for (const name of flags.methods.split(',')) {
    const method = PARITY_METHODS[name];
    if (method === undefined) throw new Error(`parity: no method '${name}'.`);
    const learner = method.learner(fold(key(0), 'learner'));
    const given = new Map<string, SafeTensor>([...initialOf(learner), ...viewsOf(method, images)]);
    const ours = await losses(learner, given);
    const [single, exact] = [false, true].map((double) => peer(name, method, given, double));
    const [gaps, own] = [ours, single].map((each) =>
      each.map((loss, step) => Math.abs(loss - exact[step]) / Math.abs(exact[step])),
    );
    const isGood = gaps.every(
      (gap, step) => gap <= Math.max(FLOOR, SHARE * Math.max(...own.slice(0, step + 1))),
    );
    if (!isGood) failed++;
    const digits = (each: readonly number[]): string => each.map((gap) => gap.toExponential(0)).join(' ');
    console.log(
      `${isGood ? '✓' : '✗'} ${name}: loss ${exact[0].toFixed(4)} … ${exact[steps - 1].toFixed(4)}`,
    );
    console.log(`    here, from double precision:    ${digits(gaps)}`);
    console.log(`    PyTorch's own float32 from it:  ${digits(own)}`);
  }
  process.exitCode = failed > 0 ? 1 : 0;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** First weights of what is trained, and the queue; second networks start as copies. */
function initialOf(learner: Learner): [string, SafeTensor][] {
  const queue = learner.state.get('queue');
  return [...learner.weights, ...(queue ? [['queue', queue] as const] : [])].map(([name, variable]) => [
    `initial.${name}`,
    { dtype: 'F32', shape: variable.shape, data: Float32Array.from(variable.dataSync()) },
  ]);
}

function viewsOf({ views }: ParityMethod, images: ImageSet): [string, SafeTensor][] {
  return rates.map((_, step) => {
    const chosen = Int32Array.from({ length: BATCH }, (_unused, index) => step * BATCH + index);
    const { data, shape } = makeViews(images, chosen, views, fold(key(1), step));
    return [`views.${step}`, { dtype: 'F32', shape: [...shape], data: Float32Array.from(data) }];
  });
}

async function losses(learner: Learner, given: ReadonlyMap<string, SafeTensor>): Promise<number[]> {
  const optimiser = sgd({ momentum: SCALE.sgdMomentum, weightDecay: SCALE.weightDecay });
  const history = await fit({
    learner,
    views: {
      images: BATCH,
      stepsPerEpoch: steps,
      batch: (_, step) => {
        const views = given.get(`views.${step}`);
        if (views === undefined) throw new Error(`parity: no views of step ${step}.`);
        return { views: [{ data: safeTensorFloats(views), shape: views.shape }] };
      },
    },
    epochs: 1,
    optimiser,
    key: key(2),
    learningRate: (step) => rates[step],
  });
  optimiser.dispose();
  learner.dispose();
  return [...history.losses];
}

function peer(
  name: string,
  method: ParityMethod,
  given: ReadonlyMap<string, SafeTensor>,
  double: boolean,
): number[] {
  const [run, initial, out] = ['run.json', 'given.safetensors', 'out.safetensors'].map((file) =>
    join(folder, file),
  );
  const images: SafeTensor = {
    dtype: 'U8',
    shape: [BATCH * steps, 1, 1, 3],
    data: new Uint8Array(BATCH * steps * 3),
  };
  writeSafetensors(initial, new Map([...given, ['train', images]]));
  const momenta = rates.map(() => method.momentum);
  const { views } = method.views;
  const settings = {
    ...SCALE,
    batch: BATCH,
    method: name,
    seed: 0,
    options: method.options,
    views,
    rates,
    momenta,
  };
  writeFileSync(run, JSON.stringify({ ...settings, given: initial, double }));
  const { status } = spawnSync(python, ['-W', 'ignore', script, run, initial, out], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { OMP_WAIT_POLICY: 'PASSIVE', LIGHTLY_DID_VERSION_CHECK: 'True', ...process.env },
  });
  if (status !== 0) throw new Error(`parity: PyTorch's run of ${name} ended with ${status}.`);
  const tensor = readSafetensors(out).tensors.get('losses');
  return tensor === undefined ? [] : [...safeTensorFloats(tensor)];
}
