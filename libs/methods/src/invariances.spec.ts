import { byolPerImage, mocoInfoNce, mocoInfoNcePerImage, npidPartition } from '@fovea/losses';
import { fold, key, type Key } from '@fovea/random';
import { keyTensor, l2Normalize, randomNormal, tf, type Tensor, type Tensor2D } from '@fovea/tensorflow';
import { describe, expect, it } from 'vitest';
import type { Learner, ViewBatch } from './learner.ts';
import { METHODS, methodNamed } from './methods.ts';
import { sampledRows } from './insdis.ts';
import { BATCH, contextOf, largest, lossOf, stepOf, tinyBatch, tinyLearner } from './testing/drive.ts';

/** A value of a learner that is made and freed for it. */
function withLearner<T>(name: string, more: object, use: (learner: Learner) => T): T {
  const learner = tinyLearner(methodNamed(name), more);
  try {
    return tf.tidy(() => use(learner) as never) as T;
  } finally {
    learner.dispose();
  }
}

const valueOf = (x: Tensor | undefined): number[] => [...(x?.dataSync() ?? [])];
const scalarOf = (x: Tensor): number => x.dataSync()[0];

/** A batch whose images and views are all alike. */
function alike(name: string): ViewBatch {
  const batch = tinyBatch(methodNamed(name));
  const views = batch.views.map((group) => {
    const [count, images, ...shape] = group.shape;
    const one = tf.tile(group.slice([0, 0], [1, 1]), [count, images, 1, 1, 1]);
    expect(one.shape.slice(2)).toEqual(shape);
    return one;
  });
  return { views, extras: batch.extras };
}

const withTeacher = [...METHODS.values()].filter(
  (method) => method.name === 'bam' || /teacher|target|momentum encoder|key encoder/.test(method.state),
);

describe.each(withTeacher)('the teacher of $name', (method) => {
  it('is a copy that moves by the moving average alone, ahead of the loss', () => {
    const learner = tinyLearner(method);
    const teachers = [...learner.state].filter(([name]) => name.startsWith('teacher.'));
    expect(teachers.length).toBeGreaterThan(0);
    const own = new Set(learner.weights.values());
    for (const [name, variable] of teachers) {
      expect(own.has(variable)).toBe(false);
      const source = learner.state.get(name.slice('teacher.'.length));
      if (source && learner.weights.has(name.slice('teacher.'.length)))
        expect(valueOf(variable)).toEqual(valueOf(source));
    }
    const [name, variable] =
      teachers.find(([own]) => learner.weights.has(own.slice('teacher.'.length))) ?? teachers[0];
    const weight = learner.weights.get(name.slice('teacher.'.length));
    const start = valueOf(variable)[0];
    tf.tidy(() => {
      weight?.assign(tf.add(weight, 1));
      const context = contextOf(learner, 0);
      learner.prepare?.(tinyBatch(method), context);
      const momentum = scalarOf(context.values.momentum);
      expect(valueOf(variable)[0]).toBeCloseTo(momentum * start + (1 - momentum) * (start + 1), 4);
    });
    learner.dispose();
  });
});

describe('collapsedLoss', () => {
  // Equal views of equal images; what is compared beside the batch (queue, bank, centre) is set so that it is equal too.
  it.each(['simclr', 'bam', 'nnclr', 'moco-v3', 'barlow', 'vicreg', 'dino', 'swav'])(
    'is the loss of %s when all embeddings are alike',
    (name) => {
      withLearner(name, name === 'bam' ? { teacher: null } : {}, (learner) => {
        if (name === 'swav')
          for (const table of learner.weights.values())
            if (table.shape[0] === 10 && table.shape[1] === 8) table.assign(tf.ones(table.shape));
        if (name === 'dino') {
          const last = learner.weights.get('projector.last.weight');
          last?.assign(tf.ones(last.shape));
          const teacher = learner.state.get('teacher.projector.last.weight');
          teacher?.assign(tf.ones(teacher.shape));
        }
        const loss = scalarOf(lossOf(learner, alike(name), contextOf(learner, 0)));
        expect(loss).toBeCloseTo(learner.collapsedLoss?.(BATCH) ?? NaN, 3);
      });
    },
  );
  it('is the loss of MoCo once the queue holds the same key', () => {
    withLearner('moco-v2', {}, (learner) => {
      const context = contextOf(learner);
      const batch = alike('moco-v2');
      const { keys_OBD } = learner.prepare?.(batch, context) ?? {};
      const q = learner.state.get('queue');
      q?.assign(tf.tile(tf.reshape(keys_OBD, [BATCH, 8]).slice([0, 0], [1, 8]), [14, 1]));
      const second = learner.loss(batch, { keys_OBD }, context).loss;
      expect(scalarOf(second)).toBeCloseTo(learner.collapsedLoss?.(BATCH) ?? NaN, 3);
    });
  });
});

describe('queues, banks and centres', () => {
  it('MoCo puts its keys at the end of the queue after the loss', () => {
    withLearner('moco-v2', {}, (learner) => {
      const batch = tinyBatch(methodNamed('moco-v2'));
      const context = contextOf(learner);
      const before = valueOf(learner.state.get('queue'));
      const targets = learner.prepare?.(batch, context) ?? {};
      expect(valueOf(learner.state.get('queue'))).toEqual(before);
      learner.commit?.(targets, {}, context);
      const after = valueOf(learner.state.get('queue'));
      expect(after.slice(0, 8 * 8)).toEqual(before.slice(6 * 8));
      after.slice(8 * 8).forEach((value, at) => {
        expect(value).toBeCloseTo(valueOf(targets.keys_OBD)[at], 5);
      });
    });
  });
  it("InsDis mixes half of the new feature into the rows of its images and leaves the others; Z is the first batch's", () => {
    withLearner('insdis', {}, (learner) => {
      const batch = tinyBatch(methodNamed('insdis'));
      const context = contextOf(learner);
      const before = tf.clone(learner.state.get('bank') as Tensor) as Tensor2D;
      const targets = learner.prepare?.(batch, context) ?? {};
      const { carry = {} } = learner.loss(batch, targets, context);
      learner.commit?.(targets, carry, context);
      const after = learner.state.get('bank') as Tensor;
      const rows = [7, 2, 19, 0, 11, 5];
      const expected = l2Normalize(tf.add(tf.gather(before, rows).mul(0.5), tf.mul(carry.feature_BD, 0.5)));
      expect(largest(tf.sub(tf.gather(after, rows), expected))).toBeLessThan(1e-5);
      expect(largest(tf.sub(tf.gather(after, [1, 3]), tf.gather(before, [1, 3])))).toBe(0);
      const Z = scalarOf(learner.state.get('partition') as Tensor);
      expect(Z).toBeCloseTo(
        scalarOf(npidPartition(carry.feature_BD as Tensor2D, before, targets.rows_BC as Tensor2D, 0.07)),
        0,
      );
      stepOf(learner, tinyBatch(methodNamed('insdis'), 5), contextOf(learner, 0.5, 9), 0.1);
      expect(scalarOf(learner.state.get('partition') as Tensor)).toBe(Z);
    });
  });
  it("samples rows of the bank within it, the image's own first, others at each step", () => {
    tf.tidy(() => {
      const index = tf.tensor1d([3, 0], 'int32');
      const draw = (seed: Key) => sampledRows(index, 20, 400, keyTensor(seed)).arraySync();
      const [first, second] = [draw(key(1)), draw(key(2))];
      expect(first.map(([own]) => own)).toEqual([3, 0]);
      expect(first).not.toEqual(second);
      expect(new Set(first.flat()).size).toBe(20);
      expect(Math.max(...first.flat())).toBe(19);
    });
  });
  it('CMC updates each bank with its own view', () => {
    withLearner('cmc', {}, (learner) => {
      const before = [1, 2].map((at) => valueOf(learner.state.get(`bank${at}`)));
      stepOf(learner, tinyBatch(methodNamed('cmc')), contextOf(learner), 0);
      const after = [1, 2].map((at) => valueOf(learner.state.get(`bank${at}`)));
      const changed = (at: number) =>
        [...Array(20).keys()].filter((row) =>
          after[at].slice(row * 8, row * 8 + 8).some((x, d) => x !== before[at][row * 8 + d]),
        );
      expect(changed(0)).toEqual([0, 2, 5, 7, 11, 19]);
      expect(changed(1)).toEqual([0, 2, 5, 7, 11, 19]);
      expect(after[0]).not.toEqual(after[1]);
    });
  });
  it("DINO moves its centre by a tenth of the mean of the teacher's rows", () => {
    withLearner('dino', {}, (learner) => {
      const batch = tinyBatch(methodNamed('dino'));
      const context = contextOf(learner);
      const targets = learner.prepare?.(batch, context) ?? {};
      learner.commit?.(targets, {}, context);
      const expected = valueOf(tf.mul(tf.mean(targets.teacher_GBK, [0, 1]), 0.1));
      valueOf(learner.state.get('center')).forEach((value, at) => {
        expect(value).toBeCloseTo(expected[at], 6);
      });
    });
  });
});

describe('SGCL', () => {
  const method = methodNamed('sgcl-byol');
  const uniform = (batch: ViewBatch): ViewBatch => ({
    ...batch,
    extras: { ...batch.extras, scores: tf.fill(batch.extras.scores.shape, 0.4) },
  });

  it.each(['sgcl-byol', 'sgcl-moco-v2'])(
    '%s with a uniform map, and in its warm-up, is the unguided multi-crop loss',
    (name) => {
      const loss = (batch: ViewBatch, progress: number) =>
        withLearner(name, {}, (learner) => scalarOf(lossOf(learner, batch, contextOf(learner, progress))));
      const batch = tinyBatch(methodNamed(name));
      const unguided = withLearner(name, {}, (learner) => {
        const context = contextOf(learner, 0.5);
        const targets = learner.prepare?.(batch, context) ?? {};
        const globals = methodNamed(name.replace('sgcl-', ''));
        const locals =
          learner.localTerms?.(batch.views.slice(1), targets, context) ?? (tf.zeros([1, 1]) as Tensor2D);
        const inner = tinyLearner(globals);
        const own = scalarOf(lossOf(inner, { views: [batch.views[0]], extras: {} }, contextOf(inner, 0.5)));
        inner.dispose();
        return own + scalarOf(tf.mean(locals));
      });
      expect(loss(uniform(batch), 0.5)).toBeCloseTo(unguided, 5);
      expect(loss(batch, 0.05)).toBeCloseTo(
        withLearner(name, {}, (learner) =>
          scalarOf(lossOf(learner, uniform(batch), contextOf(learner, 0.05))),
        ),
        6,
      );
      expect(Math.abs(loss(batch, 0.5) - unguided)).toBeGreaterThan(1e-4);
    },
  );
  it('weighs crops and not images: doubling all scores of an image changes nothing', () => {
    const batch = tinyBatch(method);
    const scale = tf.reshape(tf.tensor1d([2, 1, 1, 0.5, 1, 1]), [1, BATCH]);
    const scaled = { ...batch, extras: { scores: tf.mul(batch.extras.scores, scale) } };
    const [first, second] = [batch, scaled].map((views) =>
      withLearner('sgcl-byol', {}, (learner) => scalarOf(lossOf(learner, views))),
    );
    expect(first).toBeCloseTo(second, 5);
  });
  it('refuses views without local crops', () => {
    const batch = tinyBatch(method);
    expect(() =>
      withLearner('sgcl-byol', {}, (learner) =>
        scalarOf(lossOf(learner, { ...batch, views: [batch.views[0]] })),
      ),
    ).toThrow('sgcl-byol: views must hold local crops after the 2 global ones, got none.');
  });
});

describe('terms of single crops', () => {
  it("are BYOL's regression of both targets, and MoCo's InfoNCE with the second view's key", () => {
    const batch = tinyBatch(methodNamed('sgcl-byol'));
    const locals = batch.views.slice(1);
    withLearner('byol', {}, (learner) => {
      const context = contextOf(learner);
      const targets = learner.prepare?.(batch, context) ?? {};
      const [z1, z2] = tf.unstack(targets.target_VBD) as Tensor2D[];
      // An image against targets that are its prediction's negative and itself: 4 and 0, mean 2.
      expect(largest(byolPerImage(z1, tf.neg(z1)))).toBeCloseTo(4, 5);
      const terms = learner.localTerms?.(locals, targets, context);
      expect(terms?.shape).toEqual([2, BATCH]);
      const swapped = learner.localTerms?.(locals, { target_VBD: tf.stack([z2, z1]) }, context);
      expect(largest(tf.sub(terms as Tensor, swapped as Tensor))).toBeLessThan(1e-5);
    });
    withLearner('moco-v2', {}, (learner) => {
      const context = contextOf(learner);
      const targets = learner.prepare?.(batch, context) ?? {};
      const terms = learner.localTerms?.(locals, targets, context);
      expect(terms?.shape).toEqual([2, BATCH]);
      const [q, k, queue] = [1, 2, 3].map((seed) => l2Normalize(randomNormal(key(seed), [4, 8])) as Tensor2D);
      const mean = scalarOf(tf.mean(mocoInfoNcePerImage(q, k, queue)));
      expect(mean).toBeCloseTo(scalarOf(mocoInfoNce(q, k, queue)), 6);
    });
  });
});

describe('DiDA', () => {
  const method = methodNamed('dida-moco-v2');
  const metric = (batch: ViewBatch, more: object = {}) =>
    withLearner('dida-moco-v2', more, (learner) => {
      const context = contextOf(learner);
      const { metrics = {}, loss } = learner.loss(batch, learner.prepare?.(batch, context) ?? {}, context);
      return {
        attention: scalarOf(metrics.attention),
        method: scalarOf(metrics.method),
        loss: scalarOf(loss),
      };
    });

  it.each(['cosine', 'mse', 'softIou', 'bce'] as const)(
    'with empty masks has a zero %s attention loss, without a gradient',
    (distance) => {
      const batch = tinyBatch(method);
      const empty = {
        views: batch.views,
        extras: { masks: tf.zerosLike(batch.extras.masks), masked: batch.views[0] },
      };
      const { attention, method: own, loss } = metric(empty, { attention: { distance } });
      expect(attention).toBeCloseTo(0, 4);
      expect(loss).toBeCloseTo(own / 4, 4);
    },
  );
  it('leaves images with an empty mask out of the mean', () => {
    const batch = tinyBatch(method);
    const [count, images, ...shape] = batch.extras.masks.shape;
    const half = tf.reshape(tf.tensor1d([1, 1, 1, 0, 0, 0]), [1, images, 1, 1]);
    const masks = tf.mul(batch.extras.masks, half);
    const masked = tf.mul(batch.views[0], tf.sub(1, tf.expandDims(masks, 4)));
    expect(masks.shape).toEqual([count, images, ...shape]);
    const some = metric({ views: batch.views, extras: { masks, masked } }).attention;
    expect(some).toBeGreaterThan(0);
    expect(some).toBeLessThanOrEqual(2);
  });
  it('takes other forms, taps, scores and embeddings, and refuses a tap that has no gradient form', () => {
    const batch = tinyBatch(method);
    const plain = metric(batch).attention;
    for (const attention of [
      { form: 'features', layer: 'block0' },
      { embedding: 'projected', score: 'cosine' },
      { embedding: 'projected', threshold: 'mean', distance: 'mse', mode: 'train' },
    ]) {
      const other = metric(batch, { attention }).attention;
      expect(Number.isFinite(other)).toBe(true);
      expect(other).not.toBeCloseTo(plain, 6);
    }
    expect(() => metric(batch, { attention: { layer: 'block0' } })).toThrow(
      "the gradient form takes the last map, got layer 'block0'",
    );
  });
});

describe('BAM', () => {
  it('does not depend on the order of the images', () => {
    const batch = tinyBatch(methodNamed('bam'));
    const order = [3, 0, 5, 1, 4, 2];
    const permuted = { ...batch, views: batch.views.map((group) => tf.gather(group, order, 1)) };
    const [first, second] = [batch, permuted].map((views) =>
      withLearner('bam', {}, (learner) => scalarOf(lossOf(learner, views))),
    );
    expect(second).toBeCloseTo(first, 4);
  });
  it('of 2023 takes every view for a key, and has no teacher', () => {
    const batch = tinyBatch(methodNamed('bam'));
    const loss = (more: object) =>
      withLearner('bam', { teacher: null, ...more }, (learner) => scalarOf(lossOf(learner, batch)));
    const all = { ...defaults, globalCrops: 2, targetCrops: 4 };
    expect(loss({ revision: '2023' })).toBeCloseTo(loss({ loss: all }), 5);
    expect(loss({ revision: '2023' })).not.toBeCloseTo(loss({}), 4);
    expect(() => withLearner('bam', { revision: '2023' }, () => 0)).toThrow(
      "bam: revision '2023' has neither a teacher nor topK",
    );
  });
  it('anneals the entropy weight where it is told to', () => {
    const { reg } = withLearner('bam', { annealing: { reg: 0.1, share: 0.5 } }, ({ schedules }) => schedules);
    expect([0, 0.25, 0.5, 1].map(reg)).toEqual([0.05, 0.05 + 0.05 / 2, 0.1, 0.1]);
  });
});

const defaults = { reg: 0.05, temperature: 0.1, sinkhornIterations: 3, topK: 0, positiveMasking: true };

describe('further invariances', () => {
  it('SwAV gives its prototypes length 1 ahead of each step', () => {
    withLearner('swav', {}, (learner) => {
      const table = learner.weights.get('prototypes.weight') as unknown as Tensor;
      expect(Math.abs(scalarOf(tf.norm(table, 2, 1)) - 1)).toBeGreaterThan(1e-3);
      learner.prepare?.(tinyBatch(methodNamed('swav')), contextOf(learner));
      for (const norm of valueOf(tf.norm(table, 2, 1))) expect(norm).toBeCloseTo(1, 5);
    });
  });
  it.each(['swav', 'dino'])('%s keeps gradients from its last layer at the start, and only there', (name) => {
    const weight = name === 'swav' ? 'prototypes.weight' : 'projector.last.weight';
    withLearner(name, {}, (learner) => {
      const batch = tinyBatch(methodNamed(name));
      expect(largest(stepOf(learner, batch, contextOf(learner, 0), 0).gradients[weight])).toBe(0);
      expect(largest(stepOf(learner, batch, contextOf(learner, 0.5), 0).gradients[weight])).toBeGreaterThan(
        0,
      );
    });
  });
  it('BYOL compares predictions with projections: another predictor, another loss; its targets stay', () => {
    withLearner('byol', {}, (learner) => {
      const batch = tinyBatch(methodNamed('byol'));
      const context = contextOf(learner, 1);
      const before = learner.prepare?.(batch, context) ?? {};
      const loss = scalarOf(learner.loss(batch, before, context).loss);
      const weight = learner.weights.get('predictor.0.weight');
      weight?.assign(randomNormal(fold(key(4), 'predictor'), weight.shape));
      const after = learner.prepare?.(batch, context) ?? {};
      expect(valueOf(after.target_VBD)).toEqual(valueOf(before.target_VBD));
      expect(scalarOf(learner.loss(batch, after, context).loss)).not.toBeCloseTo(loss, 4);
    });
  });
  it('an image whose crops do not overlap adds nothing to PixPro', () => {
    withLearner('pixpro', {}, (learner) => {
      const batch = tinyBatch(methodNamed('pixpro'));
      const apart = tf.stack([
        tf.tile(tf.tensor2d([[0, 0, 0.3, 0.3]]), [BATCH, 1]),
        tf.tile(tf.tensor2d([[0.6, 0.6, 1, 1]]), [BATCH, 1]),
      ]);
      const loss = lossOf(learner, { ...batch, extras: { ...batch.extras, boxes: apart } });
      expect(scalarOf(loss)).toBeCloseTo(0, 6);
    });
  });
  it('two learners in one process do not touch each other', () => {
    const method = methodNamed('moco-v2');
    const batch = tinyBatch(method);
    const [first, second] = [tinyLearner(method), tinyLearner(method)];
    const before = new Map([...second.state].map(([name, variable]) => [name, valueOf(variable)]));
    tf.tidy(() => {
      stepOf(first, batch, contextOf(first), 0.1);
    });
    for (const [name, variable] of second.state) expect(valueOf(variable), name).toEqual(before.get(name));
    first.dispose();
    const loss = tf.tidy(() => scalarOf(lossOf(second, batch)));
    expect(Number.isFinite(loss)).toBe(true);
    second.dispose();
  });
  it.each([
    ['byol', { kind: 'vit', size: 'tiny', patch: 4, depth: 1, dim: 12 }],
    ['moco-v2', { depth: 18, width: 4, stem: 'cifar' }],
  ] as const)('%s takes %o for its backbone', (name, backbone) => {
    const method = methodNamed(name);
    const learner = tinyLearner(method, { backbone });
    const loss = tf.tidy(() => scalarOf(lossOf(learner, tinyBatch(method))));
    expect(Number.isFinite(loss)).toBe(true);
    learner.dispose();
  });
});
