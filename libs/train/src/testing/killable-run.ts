/** A run that a test starts, kills and starts again: `killable-run.ts FOLDER STEPS_PER_EPOCH EPOCHS`; prints each step, then the final digest. */
import { digest, type SafeTensor } from '@fovea/files';
import { key } from '@fovea/random';
import { toTensors, runVariables } from '../checkpoint/run-tensors.ts';
import { fit } from '../fit.ts';
import { adamW } from '../optimisers/adam-w.ts';
import { noiseViews, tinyLearner } from './tiny-learner.ts';

const [folder, stepsPerEpoch, epochs] = process.argv.slice(2);
const learner = tinyLearner(key(5));
const optimiser = adamW({ weightDecay: 0.1 });
const history = await fit({
  learner,
  optimiser,
  views: noiseViews(key(6), Number(stepsPerEpoch)),
  key: key(7),
  epochs: Number(epochs),
  learningRate: (step, steps) => 0.01 * (1 - step / steps),
  weightDecay: (step) => 0.1 + 0.01 * step,
  clipNorm: 1,
  ...(folder !== 'none' && {
    checkpoints: { folder, everySteps: 2, best: { metric: 'loss', better: 'lower' } },
  }),
  onStep: ({ step }) => process.stdout.write(`step ${step}\n`),
});
const { losses, epochs: reports, series } = history;
const bytes = ({ data }: SafeTensor): string =>
  Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex');
const state = [...toTensors(runVariables(learner, optimiser))].map(([name, tensor]) => [name, bytes(tensor)]);
process.stdout.write(`final ${digest(JSON.stringify([state, [...losses], reports, series]))}\n`);
