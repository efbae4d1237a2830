/**
 * `npm run parity:steps`: trains every method of `npm run parity` for some steps here and with PyTorch + lightly from the same weights on the same
 * views, and compares the loss of each step and, after the last one, the change of the weights and the features of
 * other images in evaluation mode. What a comparison of
 * accuracies cannot tell apart shows here: batch norm's momentum and running statistics, the order of a momentum update, of a queue, of weight
 * decay and of the learning rate, the preparation of evaluated images.
 *
 * --steps N       (default 8)
 * --methods a,b   some of simclr, bam, byol, moco-v2 (default all)
 *
 * Differences are relative, from PyTorch in double precision; float32 rounding grows from step to step, so PyTorch's own float32 run is printed beside.
 * Weights differ by the norm of the difference over the norm of what the exact run changed, features over the norm of the exact ones.
 * Exits with 1 when a loss or the features are further away than 1e-4 and than four times the furthest that PyTorch's had been until then.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeViews } from '@fovea/augment';
import { loadCifar10, type ImageSet } from '@fovea/data';
import { concatenated, safeTensorFloats, type SafeTensor } from '@fovea/files';
import type { Learner } from '@fovea/methods';
import { fold, key } from '@fovea/random';
import { ready } from '@fovea/tensorflow';
import { fit, sgd } from '@fovea/train';
import { featuresOf, startOf } from './methods/ours.ts';
import { pixelsOf } from './methods/peer.ts';
import { PARITY_METHODS, SCALE, type ParityMethod } from './methods/recipes.ts';
import { runPeer } from './methods/run-peer.ts';

const FLOOR = 1e-4;
const SHARE = 4;
const BATCH = 64;
const TESTS = 250;
const RATE = 1e-4; // at the rates of training a difference in the last digit grows a thousandfold a step

const { values: flags } = parseArgs({
  options: {
    steps: { type: 'string', default: '8' },
    methods: { type: 'string', default: Object.keys(PARITY_METHODS).join() },
  },
});
const steps = Number(flags.steps);
const folder = mkdtempSync(join(tmpdir(), 'fovea-parity-'));
const rates = new Array<number>(steps).fill(RATE);
try {
  await ready();
  const images = await loadCifar10({ split: 'train', limit: BATCH * steps });
  const tests = await loadCifar10({ split: 'test', limit: TESTS });
  let failed = 0;
  for (const name of flags.methods.split(',')) {
    const method = PARITY_METHODS[name];
    if (method === undefined) throw new Error(`parity: no method '${name}'.`);
    const learner = method.learner(fold(key(0), 'learner'));
    const given = new Map<string, SafeTensor>([...startOf(learner), ...viewsOf(method, images)]);
    const names = [...learner.weights.keys()];
    const first = joined(names.map((own) => tensorOf(given, `initial.${own}`)));
    const ours = await trainHere(learner, given, tests);
    const [single, exact] = [false, true].map((double) => peer(name, method, given, names, tests, double));
    const [gaps, own] = [ours, single].map(({ losses, weights, features }) => [
      ...losses.map((loss, step) => Math.abs(loss - exact.losses[step]) / Math.abs(exact.losses[step])),
      distance(weights, exact.weights, first),
      distance(features, exact.features),
    ]);
    const isGood = gaps.every(
      (gap, step) => gap <= Math.max(FLOOR, SHARE * Math.max(...own.slice(0, step + 1))),
    );
    if (!isGood) failed++;
    const digits = (each: readonly number[]): string => each.map((gap) => gap.toExponential(0)).join(' ');
    console.log(
      `${isGood ? '✓' : '✗'} ${name}: loss ${exact.losses[0].toFixed(4)} … ${exact.losses[steps - 1].toFixed(4)}`,
    );
    const shown = (each: readonly number[]): string =>
      `${digits(each.slice(0, steps))}  weights ${digits(each.slice(steps, -1))}  features ${digits(each.slice(-1))}`;
    console.log(`    here, from double precision:    ${shown(gaps)}`);
    console.log(`    PyTorch's own float32 from it:  ${shown(own)}`);
  }
  process.exitCode = failed > 0 ? 1 : 0;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** What one side's training leaves. */
interface Outcome {
  readonly losses: readonly number[];
  /** All weights one after the other, after the last step. */
  readonly weights: Float32Array;
  /** Of the test images, in evaluation mode after the last step. */
  readonly features: Float32Array;
}

function viewsOf({ views }: ParityMethod, images: ImageSet): [string, SafeTensor][] {
  return rates.map((_, step) => {
    const chosen = Int32Array.from({ length: BATCH }, (_unused, index) => step * BATCH + index);
    const { data, shape } = makeViews(images, chosen, views, fold(key(1), step));
    return [`views.${step}`, { dtype: 'F32', shape: [...shape], data: Float32Array.from(data) }];
  });
}

async function trainHere(
  learner: Learner,
  given: ReadonlyMap<string, SafeTensor>,
  tests: ImageSet,
): Promise<Outcome> {
  const optimiser = sgd({ momentum: SCALE.sgdMomentum, weightDecay: SCALE.weightDecay });
  const history = await fit({
    learner,
    views: {
      images: BATCH,
      stepsPerEpoch: steps,
      batch: (_, step) => {
        const views = tensorOf(given, `views.${step}`);
        return { views: [{ data: safeTensorFloats(views), shape: views.shape }] };
      },
    },
    epochs: 1,
    optimiser,
    key: key(2),
    learningRate: (step) => rates[step],
  });
  const features = featuresOf(learner.backbone, tests);
  const after = startOf(learner);
  const weights = joined([...learner.weights.keys()].map((name) => tensorOf(after, `initial.${name}`)));
  optimiser.dispose();
  learner.dispose();
  return { losses: [...history.losses], weights, features };
}

function tensorOf(tensors: ReadonlyMap<string, SafeTensor>, name: string): SafeTensor {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw new Error(`parity: there is no ${name}.`);
  return tensor;
}

function joined(tensors: readonly SafeTensor[]): Float32Array {
  return concatenated(tensors.map(safeTensorFloats));
}

/** Norm of the difference over the norm of what is exact, both from `origin`. */
function distance(
  values: Float32Array,
  exact: Float32Array,
  origin: Float32Array = new Float32Array(exact.length),
): number {
  if (values.length !== exact.length || origin.length !== exact.length) {
    throw new Error(
      `parity: ${values.length} values here, ${exact.length} of PyTorch, ${origin.length} at first.`,
    );
  }
  let difference = 0;
  let norm = 0;
  for (let index = 0; index < exact.length; index++) {
    difference += (values[index] - exact[index]) ** 2;
    norm += (exact[index] - origin[index]) ** 2;
  }
  return Math.sqrt(difference / norm);
}

function peer(
  name: string,
  method: ParityMethod,
  given: ReadonlyMap<string, SafeTensor>,
  names: readonly string[],
  tests: ImageSet,
  exact: boolean,
): Outcome {
  const unused = new Uint8Array(BATCH * steps * 3); // the views are given
  const images = new Map<string, SafeTensor>([
    ['train', { dtype: 'U8', shape: [BATCH * steps, 1, 1, 3], data: unused }],
    ['test', pixelsOf(tests)],
  ]);
  const run = {
    name,
    method,
    scale: { ...SCALE, batch: BATCH },
    seed: 0,
    rates,
    images,
    given,
    exact,
    quiet: true,
  };
  const left = runPeer(run, folder);
  return {
    losses: [...safeTensorFloats(left('losses'))],
    weights: joined(names.map((own) => left(`final.${own}`))),
    features: safeTensorFloats(left('test')),
  };
}
