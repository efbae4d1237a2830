import { emaUpdate, tf, type Tensor, type Variable } from '@fovea/tensorflow';
import {
  adamW,
  clipGradNorm,
  cosineSchedule,
  emaMomentumSchedule,
  lars,
  sgd,
  type LarsVariant,
  type Optimiser,
  type Schedule,
} from '@fovea/train';
import { toTensor, type GoldenAdapter, type GoldenTensor } from '../adapter.ts';

/** Optimisers and schedules of `@fovea/train`, and the moving average of weights. */
export const adapters: GoldenAdapter[] = [
  optimiserAdapter('sgd', ({ momentum, nesterov, weightDecay }) =>
    sgd({ momentum: Number(momentum), nesterov: nesterov === true, weightDecay: Number(weightDecay) }),
  ),
  optimiserAdapter('adamW', ({ beta1, beta2, eps, weightDecay }) =>
    adamW({
      beta1: Number(beta1),
      beta2: Number(beta2),
      epsilon: Number(eps),
      weightDecay: Number(weightDecay),
    }),
  ),
  optimiserAdapter('lars', ({ variant, momentum, weightDecay, eta, clip }) =>
    lars({
      variant: variant as LarsVariant,
      momentum: Number(momentum),
      weightDecay: Number(weightDecay),
      eta: Number(eta),
      clip: clip === true,
    }),
  ),
  {
    function: 'clipGradNorm',
    run: ({ gradA, gradB }, options) => {
      const named = new Map([
        ['gradA', toTensor(gradA)],
        ['gradB', toTensor(gradB)],
      ]);
      const { gradients, totalNorm } = clipGradNorm(named, Number(options.maxNorm));
      return { outputs: { ...Object.fromEntries(gradients), totalNorm } };
    },
  },
  {
    function: 'emaUpdate',
    run: (inputs, options) => {
      const teacher = tf.variable(toTensor(inputs.teacher));
      const teachers = (options.momentum as number[]).map((momentum, step) => {
        emaUpdate(new Map([['w', teacher]]), new Map([['w', row(inputs.students, step)]]), momentum);
        return teacher.clone();
      });
      teacher.dispose();
      return { outputs: { teachers: tf.stack(teachers) } };
    },
  },
  {
    function: 'emaMomentumSchedule',
    run: (_, { m0, steps }) => ({
      outputs: {
        values: values(emaMomentumSchedule({ base: Number(m0), steps: Number(steps) }), Number(steps)),
      },
    }),
  },
  {
    function: 'cosineSchedule',
    run: (_, options) => {
      const steps = Number(options.steps ?? Number(options.epochs) * Number(options.itersPerEpoch));
      const schedule = cosineSchedule(options as unknown as Parameters<typeof cosineSchedule>[0]);
      return { outputs: { values: values(schedule, steps) } };
    },
  },
];

function optimiserAdapter(
  name: string,
  make: (options: Record<string, unknown>) => Optimiser,
): GoldenAdapter {
  const run: GoldenAdapter['run'] = (inputs, options) => {
    const optimiser = make(options);
    const weights = new Map<string, Variable>([
      ['W', tf.variable(toTensor(inputs.W))],
      ['b', tf.variable(toTensor(inputs.b))],
    ]);
    const history: Record<string, Tensor[]> = { W: [], b: [] };
    (options.learningRates as number[]).forEach((rate, step) => {
      const gradients = new Map([
        ['W', row(inputs.gradsW, step)],
        ['b', row(inputs.gradsB, step)],
      ]);
      optimiser.step(gradients, weights, tf.scalar(rate));
      for (const [weight, variable] of weights) history[weight].push(variable.clone());
    });
    optimiser.dispose();
    tf.dispose([...weights.values()]);
    return { outputs: { W: tf.stack(history.W), b: tf.stack(history.b) } };
  };
  return { function: name, run };
}

/** Row `index` of the first axis. */
function row(input: GoldenTensor, index: number): Tensor {
  return tf.tidy(() => {
    const all = toTensor(input);
    return tf.gather(all, index);
  });
}

function values(schedule: Schedule, steps: number): Float64Array {
  return Float64Array.from({ length: steps }, (_, step) => schedule(step));
}
