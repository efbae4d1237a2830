import { key } from '@fovea/random';
import { keyTensor, randomNormal, tf, type Scalar, type Tensor } from '@fovea/tensorflow';
import { describe, expect, it } from 'vitest';
import {
  bam,
  simClr,
  type BamLearnerOptions,
  type Learner,
  type StepContext,
  type ViewBatch,
} from './index.ts';

const backbone = { depth: 18, width: 4, stem: 'cifar' } as const;
const projector = { hidden: [16], outputs: 8, hiddenNorm: true, outputNorm: 'plain' } as const;
const loss = { reg: 0.05, temperature: 0.1, sinkhornIterations: 3, topK: 0, positiveMasking: true };
const views = randomNormal(key(1), [2, 6, 16, 16, 3]);
const batch = { views: [views], extras: {} };

const bamWith = (teacher: BamLearnerOptions['teacher']) => (): Learner =>
  bam({ backbone, projector, teacher, loss }, key(0));

const learners: [string, () => Learner][] = [
  ['SimCLR', () => simClr({ backbone, projector, temperature: 0.2 }, key(0))],
  ['BAM, student only', bamWith(null)],
  ['BAM with a teacher', bamWith({ momentum: 0.9 })],
];

describe.each(learners)('%s', (_, make) => {
  it('has a finite loss and a gradient for every weight', () => {
    const learner = make();
    const { value, grads } = gradientsOf(learner);
    expect(Number.isFinite(value.dataSync()[0])).toBe(true);
    for (const [name, variable] of learner.weights) {
      expect.soft(largest(grads[variable.name]), name).toBeGreaterThan(0);
    }
    learner.dispose();
  });

  it('gives the same loss again from the same key', () => {
    const losses = [make(), make()].map((learner) => {
      const [value] = tf.tidy(() => lossOf(learner, batch).dataSync());
      learner.dispose();
      return value;
    });
    expect(losses[0]).toBe(losses[1]);
  });

  it('has the collapsed loss when all embeddings are alike', () => {
    const learner = make();
    const first = views.slice([0, 0], [1, 1]);
    const alike = tf.tile(first, [2, 6, 1, 1, 1]);
    const [value] = tf.tidy(() => lossOf(learner, { views: [alike], extras: {} }).dataSync());
    expect(value).toBeCloseTo(learner.collapsedLoss?.(6) ?? NaN, 4);
    learner.dispose();
  });

  it('keeps its weights among its state and leaves no tensor behind', () => {
    const before = tf.memory().numTensors;
    const learner = make();
    for (const [name, variable] of learner.weights) expect(learner.state.get(name)).toBe(variable);
    tf.tidy(() => {
      lossOf(learner, batch, 0.5);
    });
    learner.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('BAM with a teacher', () => {
  it('starts the teacher as a copy and moves it by the moving average, ahead of the loss', () => {
    const learner = bamWith({ momentum: 0.9 })();
    const [name, weight] = [...learner.weights][0];
    const teacher = learner.state.get(`teacher.${name}`) ?? tf.variable(tf.zeros([1]));
    expect([...teacher.dataSync()]).toEqual([...weight.dataSync()]);
    const start = teacher.dataSync()[0];
    weight.assign(tf.add(weight, 1));
    tf.tidy(() => {
      learner.prepare?.(batch, context(learner, 0));
    });
    expect(teacher.dataSync()[0]).toBeCloseTo(0.9 * start + 0.1 * (start + 1), 5);
    learner.dispose();
  });
  it('takes the momentum from its start to 1 along a cosine', () => {
    const { momentum } = bamWith({ momentum: 0.9 })().schedules;
    expect(momentum(0)).toBeCloseTo(0.9, 12);
    expect(momentum(0.5)).toBeCloseTo(0.95, 12);
    expect(momentum(1)).toBe(1);
  });
  it('evaluates the teacher and trains the student alone', () => {
    const learner = bamWith({ momentum: 0.9 })();
    const evaluated = [...learner.backbone.parameters.weights.values()];
    for (const variable of learner.weights.values()) expect(evaluated).not.toContain(variable);
    learner.dispose();
  });
});

function gradientsOf(learner: Learner): { value: Scalar; grads: Record<string, Tensor> } {
  return tf.variableGrads(() => lossOf(learner, batch), [...learner.weights.values()]) as {
    value: Scalar;
    grads: Record<string, Tensor>;
  };
}

function lossOf(learner: Learner, batch: ViewBatch, progress = 0): Scalar {
  const now = context(learner, progress);
  return learner.loss(batch, learner.prepare?.(batch, now) ?? {}, now).loss;
}

function context(learner: Learner, progress: number): StepContext {
  const values = Object.entries(learner.schedules).map(
    ([name, schedule]) => [name, tf.scalar(schedule(progress))] as const,
  );
  return { values: Object.fromEntries(values), key: keyTensor(key(2)) };
}

function largest(gradient: Tensor): number {
  return tf.tidy(() => tf.max(tf.abs(gradient)).dataSync()[0]);
}
