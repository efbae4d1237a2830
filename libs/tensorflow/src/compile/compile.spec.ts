import { fold, key } from '@fovea/random';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Scalar, Tensor, Tensor1D, Tensor2D, Variable } from '@tensorflow/tfjs';
import { hasNativeOps, nodeBackend } from '../backend.ts';
import { emaUpdate } from '../ops/ema-update.ts';
import { fusedBatchNorm } from '../ops/fused-batch-norm.ts';
import { recompute } from '../ops/recompute.ts';
import { relu } from '../ops/relu.ts';
import { randomNormal } from '../random.ts';
import { tf } from '../tf.ts';
import { buildGraph } from './build-graph.ts';
import { compile } from './compile.ts';
import { record } from './recorder.ts';

vi.setConfig({ testTimeout: 60_000 }); // a hundred steps twice over, also on a loaded machine

const values = (tensor: Tensor) => [...tensor.dataSync()];
const opened: { dispose(): void }[] = [];

/** `compile` whose graphs are closed after the test. */
const compiled: typeof compile = (step, options) => {
  const result = compile(step, options);
  opened.push(result);
  return result;
};

beforeEach((context) => {
  if (!hasNativeOps()) context.skip('needs libtensorflow');
  tf.engine().startScope();
});
afterEach(() => {
  opened.splice(0).forEach((step) => step.dispose());
  tf.disposeVariables();
  tf.engine().endScope();
});

describe('a compiled step', () => {
  it('gives equal bits from equal runs where many terms of a sum are ready in any order', () => {
    const views = Array.from({ length: 8 }, (_, i) => randomNormal(fold(key(3), i), [64, 64, 64, 16]));
    const run = () => {
      const w = tf.variable(randomNormal(key(4), [3, 3, 16, 16], 0, 0.1));
      const velocity = tf.variable(tf.zerosLike(w));
      const step = compiled((...views: Tensor[]) => {
        const { value, grads } = tf.variableGrads(() => {
          const maps = views.map((x) => relu(tf.conv2d(x as never, w as never, 1, 'same')));
          return tf.mean(tf.stack(maps.map((map) => tf.mean(tf.square(map))))) as Scalar;
        }, [w]);
        velocity.assign(tf.add(tf.mul(velocity, 0.9), grads[w.name]));
        w.assign(tf.sub(w, tf.mul(velocity, 0.1)));
        return value;
      });
      for (let i = 0; i < 5; i++) step(...views);
      return values(w);
    };
    const first = run();
    for (let again = 0; again < 5; again++) expect(run()).toEqual(first);
  });

  it('gives equal bits from equal runs, convolutions and updates side by side', () => {
    const images = randomNormal(key(3), [256, 16, 16, 3]);
    const run = () => {
      const weights = [0, 1, 2].map((i) => tf.variable(randomNormal(fold(key(4), i), [3, 3, 3, 16], 0, 0.1)));
      const step = compiled((x: Tensor) => {
        const { value, grads } = tf.variableGrads(() => {
          const maps = weights.map((w) => tf.conv2d(x as never, w as never, 1, 'same'));
          return tf.mean(tf.square(tf.addN(maps))) as Scalar;
        }, weights);
        for (const w of weights) w.assign(tf.sub(w, tf.mul(grads[w.name], 0.1)));
        return value;
      });
      for (let i = 0; i < 3; i++) step(images);
      return weights.map(values);
    };
    expect(run()).toEqual(run());
  });

  it('holds ops to which tfjs-node gives no type, in every type', () => {
    const step = compiled((x: Tensor1D, labels: Tensor1D) => [
      tf.expandDims(x, 0),
      tf.expandDims(labels, -1),
      tf.expandDims(tf.equal(labels, 1), 1),
    ]);
    const results = step(tf.tensor1d([1, 2]), tf.tensor1d([1, 0], 'int32'));
    expect(results.map(({ shape, dtype }) => [shape, dtype])).toEqual([
      [[1, 2], 'float32'],
      [[2, 1], 'int32'],
      [[2, 1], 'bool'],
    ]);
    expect(results.map(values)).toEqual([
      [1, 2],
      [1, 0],
      [1, 0],
    ]);
  });

  it('gives the same results as the step, from the first call on', () => {
    const step = compiled((x: Tensor1D) => tf.sum(tf.square(x)));
    for (const sizes of [
      [1, 2],
      [3, 4],
      [0, 5],
    ]) {
      expect(values(step(tf.tensor1d(sizes)))).toEqual([sizes[0] ** 2 + sizes[1] ** 2]);
    }
    expect(step.traces).toBe(1);
  });

  it('keeps every sum apart for the optimiser, but lets it fold what follows from constants alone', () => {
    const textOf = (step: (x: Tensor) => Tensor) => {
      const recording = record('step', [tf.ones([2])], ([x]) => [step(x)]);
      return Buffer.from(buildGraph(nodeBackend().binding, recording).bytes).toString('latin1');
    };
    const edges = (step: (x: Tensor) => Tensor) => textOf(step).split('^idle').length - 1;
    expect(edges((x) => tf.add(tf.add(x, tf.exp(x)), tf.sin(x)))).toBe(2);
    expect(edges((x) => tf.addN([x, tf.exp(x), tf.sin(x)]))).toBe(2);
    expect(textOf((x) => tf.addN([x, tf.exp(x), tf.sin(x)]))).not.toContain('AddN');
    expect(edges((x) => tf.mul(x, tf.add(tf.scalar(1), tf.scalar(7))))).toBe(0);
    const step = compiled((x: Tensor1D) => tf.addN([x, tf.square(x), tf.mul(x, 3)]));
    expect(values(step(tf.tensor1d([1, 2])))).toEqual([5, 12]);
  });

  it('computes what occurs twice once, unless `recompute` keeps it apart', () => {
    const count = (step: (x: Tensor) => Tensor) => {
      const recording = record('step', [tf.ones([2, 2])], ([x]) => [step(x)]);
      const text = Buffer.from(buildGraph(nodeBackend().binding, recording).bytes).toString('latin1');
      return text.split('Exp').length - 1;
    };
    const twice = (x: Tensor) => tf.add(tf.square(tf.exp(x)), tf.exp(x));
    expect(count(twice)).toBe(1);
    const slope = (f: (x: Tensor) => Tensor) => tf.grad((x: Tensor) => tf.sum(tf.square(f(x))));
    expect(count(slope((x) => recompute(([x]) => tf.exp(x), [x])))).toBe(2);
    const step = compiled((x: Tensor1D) => twice(x));
    expect(values(step(tf.tensor1d([0])))).toEqual([2]);
  });

  it('records a chain of large results in the memory of a few, and refuses a large variable of computed values', () => {
    const x = tf.fill([512, 1024], 0.5) as Tensor2D; // 2 MiB
    const held: number[] = [];
    const step = compiled((x: Tensor2D) => {
      let y: Tensor = x;
      for (let i = 0; i < 20; i++) {
        y = tf.add(tf.mul(y, 0.5), 1);
        held.push(tf.memory().numTensors);
      }
      return tf.mean(y);
    });
    const [eager] = [Array.from({ length: 20 }).reduce((y: number) => y * 0.5 + 1, 0.5)];
    expect(values(step(x))[0]).toBeCloseTo(eager, 5);
    expect(held.at(-1)).toBeGreaterThan(held[0]); // tensors are kept, their memory is shared
    const makes = compiled((x: Tensor2D) => {
      const made = tf.variable(tf.mul(x, 2));
      return tf.mean(made);
    });
    const before = nodeBackend().binding.getNumOfTensors();
    expect(() => makes(x)).toThrow(
      /variable ".*" \[512, 1024\] gets a computed first value. Make it outside of the step/,
    );
    expect(nodeBackend().binding.getNumOfTensors()).toBe(before);
  });

  it('takes a number for a scalar anew at every call', () => {
    const step = compiled((x: Tensor1D, rate: Scalar) => tf.mul(x, rate));
    for (const rate of [1, 0.5, -2]) expect(values(step(tf.tensor1d([2]), rate))).toEqual([2 * rate]);
    expect(values(step(tf.tensor1d([2]), tf.scalar(4)))).toEqual([8]);
    expect(step.traces).toBe(1);
  });

  it('returns nested results, constants among them, and takes nested arguments', () => {
    const step = compiled((batch: { images: Tensor1D; rates: Scalar[] }, mode: string) => ({
      mode,
      parts: [tf.add(batch.images, batch.rates[0]), { last: tf.mul(batch.images, batch.rates[1]) }] as const,
      none: null,
      count: batch.images.size,
    }));
    for (const rate of [1, 2]) {
      const result = step({ images: tf.tensor1d([1, 2]), rates: [rate, rate + 1] }, 'train');
      expect(result.mode).toBe('train');
      expect(result.count).toBe(2);
      expect(result.none).toBeNull();
      expect(values(result.parts[0])).toEqual([1 + rate, 2 + rate]);
      expect(values(result.parts[1].last)).toEqual([rate + 1, 2 * (rate + 1)]);
    }
  });

  it('returns an argument, a variable, a constant, and the same tensor twice', () => {
    const w = tf.variable(tf.scalar(7));
    const step = compiled((x: Tensor1D) => {
      const twice = tf.neg(x);
      return [x, w, tf.scalar(3), twice, twice];
    });
    for (const x of [1, 2])
      expect(step(tf.tensor1d([x])).map((tensor) => values(tensor)[0])).toEqual([x, 7, 3, -x, -x]);
  });

  it('works with no arguments, with no result, and on int32 and bool', () => {
    const count = tf.variable(tf.scalar(0, 'int32'));
    const step = compiled(() => {
      count.assign(tf.add(count, tf.scalar(1, 'int32')));
    });
    for (let i = 0; i < 3; i++) step();
    expect(values(count)).toEqual([3]);
    const choose = compiled((mask: Tensor1D, x: Tensor1D) => tf.where(mask, x, tf.zerosLike(x)));
    for (const x of [3, 4]) {
      expect(values(choose(tf.tensor1d([true, false], 'bool'), tf.tensor1d([x, x], 'int32')))).toEqual([
        x,
        0,
      ]);
    }
  });

  it('tells apart arguments that are one tensor', () => {
    const step = compiled((x: Tensor1D, y: Tensor1D) => tf.sub(x, y));
    const x = tf.tensor1d([5]);
    expect(values(step(x, x))).toEqual([0]);
    expect(values(step(x, tf.tensor1d([2])))).toEqual([3]);
  });

  it('holds large constants of its surroundings, also ones that are not uploaded yet', () => {
    const table = tf.tensor1d(Float32Array.from({ length: 1000 }, (_, index) => index));
    const step = compiled((x: Scalar) => tf.sum(tf.mul(table, x)));
    for (const x of [1, 2, 3]) expect(values(step(x))).toEqual([499500 * x]);
    expect(values(table)[999]).toBe(999);
  });

  it('makes a graph for each combination of shapes and settings, and forgets the one unused longest', () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const step = compiled((x: Tensor1D, sign: string) => (sign === '-' ? tf.neg(x) : tf.add(x, 0)), {
      maxTraces: 2,
    });
    const sessions = nodeBackend().binding.getNumOfSavedModels();
    expect(values(step(tf.tensor1d([1]), '+'))).toEqual([1]);
    expect(values(step(tf.tensor1d([1, 2]), '+'))).toEqual([1, 2]);
    expect(warn).not.toHaveBeenCalled();
    expect(values(step(tf.tensor1d([1]), '-'))).toEqual([-1]);
    expect(step.traces).toBe(2);
    expect(nodeBackend().binding.getNumOfSavedModels()).toBe(sessions + 2);
    expect(warn.mock.calls[0][0]).toContain('more than 2 combinations');
    warn.mockRestore();
    step.dispose();
    expect(nodeBackend().binding.getNumOfSavedModels()).toBe(sessions);
    expect(values(step(tf.tensor1d([4]), '-'))).toEqual([-4]);
  });

  it('runs inside of another compiled step as a plain function', () => {
    const inner = compiled((x: Tensor1D) => tf.square(x));
    const outer = compiled((x: Tensor1D) => tf.add(inner(x), 1));
    for (const x of [2, 3]) expect(values(outer(tf.tensor1d([x])))).toEqual([x * x + 1]);
    expect(inner.traces).toBe(0);
  });

  it('runs op by op with debug, with equal results', () => {
    const w = tf.variable(tf.scalar(1));
    const seen: number[] = [];
    const step = compiled(
      (x: Tensor1D, rate: Scalar) => {
        seen.push(values(x)[0]);
        w.assign(tf.add(w, tf.mul(tf.sum(x), rate)));
        return w;
      },
      { debug: true },
    );
    expect(values(step(tf.tensor1d([2]), 3))).toEqual([7]);
    expect(values(step(tf.tensor1d([1]), 3))).toEqual([10]);
    expect(seen).toEqual([2, 1]);
    expect(step.traces).toBe(0);
  });
});

it('without libtensorflow a step runs op by op, and one notice says so', async () => {
  vi.resetModules();
  vi.doMock('../backend.ts', async (original) => ({ ...(await original()), hasNativeOps: () => false }));
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  const { compile } = await import('./compile.ts');
  const step = compile((x: Tensor1D) => tf.square(x));
  for (const x of [2, 3]) expect(values(step(tf.tensor1d([x])))).toEqual([x * x]);
  expect(step.traces).toBe(0);
  expect(warn.mock.calls.map(([text]) => text)).toEqual([expect.stringContaining('run op by op')]);
  warn.mockRestore();
  vi.doUnmock('../backend.ts');
});

describe('variables', () => {
  it('are seen by eager code after every step, and eager assignments by the next step', () => {
    const w = tf.variable(tf.scalar(1));
    const double = compiled(() => w.assign(tf.mul(w, 2)));
    double();
    double();
    expect(values(w)).toEqual([4]);
    double();
    double();
    double();
    expect(values(tf.add(w, 1))).toEqual([33]);
    w.assign(tf.scalar(-1));
    double();
    double();
    expect(values(w)).toEqual([-4]);
  });

  it('that share one buffer after an assignment stay two variables', () => {
    const student = tf.variable(tf.scalar(1));
    const teacher = tf.variable(tf.scalar(0));
    teacher.assign(student);
    const step = compiled(() => {
      student.assign(tf.add(student, 1));
      emaUpdate(new Map([['w', teacher]]), new Map([['w', student]]), 0.5);
    });
    for (let i = 0; i < 3; i++) step();
    expect(values(student)).toEqual([4]);
    expect(values(teacher)).toEqual([1 / 8 + 2 / 8 + 3 / 4 + 4 / 2]);
    teacher.assign(student);
    step();
    expect([...values(student), ...values(teacher)]).toEqual([5, 4.5]);
  });

  it('do not change the copies that were taken of them', () => {
    const w = tf.variable(tf.scalar(1));
    const step = compiled(() => w.assign(tf.add(w, 1)));
    step();
    step();
    const unread = w.clone();
    step();
    const read = w.clone();
    expect(values(read)).toEqual([4]);
    step();
    expect([...values(unread), ...values(read), ...values(w)]).toEqual([3, 4, 5]);
  });

  it('are shared by several compiled steps', () => {
    const w = tf.variable(tf.scalar(1));
    const train = compiled((by: Scalar) => w.assign(tf.add(w, by)));
    const evaluate = compiled((x: Scalar) => tf.mul(w, x));
    for (let i = 0; i < 4; i++) {
      train(1);
      expect(values(evaluate(10))).toEqual([10 * (i + 2)]);
    }
  });

  it('swap, exchanging their values', () => {
    const [a, b]: Variable[] = [tf.variable(tf.scalar(1)), tf.variable(tf.scalar(2))];
    const swap = compiled(() => {
      const old = a.clone();
      a.assign(b);
      b.assign(old);
    });
    for (let i = 0; i < 3; i++) swap();
    expect([...values(a), ...values(b)]).toEqual([2, 1]);
  });

  it('that the step makes are made once and keep their values', () => {
    const w: Variable = tf.variable(tf.scalar(0));
    const slots: Variable[] = [];
    const step = compiled(() => {
      if (slots.length === 0) slots.push(tf.variable(tf.scalar(10)));
      slots[0].assign(tf.add(slots[0], 1));
      w.assign(slots[0]);
    });
    for (let i = 0; i < 4; i++) step();
    expect([slots.length, ...values(w), ...values(slots[0])]).toEqual([1, 14, 14]);
  });

  it('keep their values when the compiled step is disposed of', () => {
    const w = tf.variable(tf.scalar(1));
    const step = compiled(() => w.assign(tf.mul(w, 3)));
    for (let i = 0; i < 3; i++) step();
    step.dispose();
    expect(values(w)).toEqual([27]);
  });

  it('that are gone are named', () => {
    const w = tf.variable(tf.scalar(1), true, 'gone');
    const step = compiled(() => tf.add(w, 1));
    step();
    w.dispose();
    expect(() => step()).toThrow('variable "gone", which has been disposed of');
  });
});

describe('what a graph cannot replay throws while recording', () => {
  const w = () => tf.variable(tf.scalar(1));

  it('reading a tensor back, naming the op, and leaves variables as they were', () => {
    const variable = w();
    const step = compiled(
      (x: Tensor1D) => {
        variable.assign(tf.scalar(9));
        return tf.max(x).dataSync()[0] > 0 ? x : tf.neg(x);
      },
      { name: 'the test' },
    );
    expect(() => step(tf.tensor1d([1]))).toThrow(
      /while recording the test, the result of "Max" \[\].* is read back/,
    );
    expect(values(variable)).toEqual([1]);
    expect(step.traces).toBe(0);
  });

  it('reading later, reading a variable, and an asynchronous step', () => {
    const variable = w();
    expect(() => compiled((x: Tensor1D) => void tf.max(x).data())(tf.tensor1d([1]))).toThrow('"Max"');
    expect(() => compiled(() => tf.scalar(variable.dataSync()[0]))()).toThrow('is read back');
    expect(() => compiled(async () => tf.scalar(1))()).toThrow('Make the step synchronous');
  });

  it('but constants may be read, and indices are checked as ever', () => {
    const table = tf.tensor1d([4, 5, 6]);
    const step = compiled((at: Tensor1D) => tf.mul(tf.gather(table, at), tf.tensor1d([2]).dataSync()[0]));
    for (const at of [0, 2]) expect(values(step(tf.tensor1d([at], 'int32')))).toEqual([2 * (4 + at)]);
  });

  it('unseeded random numbers, and ops whose result has no fixed shape', () => {
    expect(() => compiled(() => tf.randomNormal([2]))()).toThrow('Math.random was called');
    expect(() => compiled(() => tf.multinomial(tf.tensor1d([0.5, 0.5]), 1, 7))()).toThrow('"Multinomial"');
    expect(() => compiled((x: Tensor1D) => tf.unique(x).values)(tf.tensor1d([1]))).toThrow(
      'shape of its result',
    );
    expect(Math.random()).toBeLessThan(1);
  });

  it('JavaScript arithmetic with a number of the arguments', () => {
    const step = compiled((x: Tensor1D, rate: Scalar) => tf.mul(x, (rate as unknown as number) * 2));
    expect(() => step(tf.tensor1d([1]), 3)).toThrow('use tf ops');
  });

  it('keeping tensors and disposing of variables', () => {
    const variable = w();
    expect(() => compiled((x: Tensor1D) => void tf.keep(tf.neg(x)))(tf.tensor1d([1]))).toThrow(
      '1 tensor(s) outlive',
    );
    expect(() => compiled(() => variable.dispose())()).toThrow('is disposed of');
  });

  it('arguments that are variables or objects of a class', () => {
    const step = compiled((x: unknown) => [x].length);
    expect(() => step(w())).toThrow('is a variable');
    expect(() => step({ at: new Date() })).toThrow('argument [0].at of the step is an object of class Date');
  });

  it('unknown options', () => {
    expect(() => compile(() => undefined, { cache: 2 } as object)).toThrow('no option "cache"');
    expect(() => compile(() => undefined, { maxTraces: 0 })).toThrow('positive integer');
  });
});

/** Runs a training step 100 times eagerly and compiled, from equal weights, and compares losses and weights. */
function compare(make: () => { step: (x: Tensor2D, rate: Scalar) => Tensor; state: Variable[] }): number {
  const run = (debug: boolean) =>
    tf.tidy(() => {
      const { step, state } = make();
      const call = compiled(step, { debug });
      const losses = Array.from({ length: 100 }, (_, index) => {
        const x = randomNormal(fold(key(5), index), [16, 6]) as Tensor2D;
        return values(call(x, 0.05 + 0.001 * index))[0];
      });
      return [...losses, ...state.flatMap(values)];
    });
  const [eager, graph] = [run(true), run(false)];
  expect(eager.every(Number.isFinite)).toBe(true);
  return Math.max(
    ...eager.map((value, index) => Math.abs(value - graph[index]) / Math.max(1, Math.abs(value))),
  );
}

const weight = (name: string, shape: number[]) =>
  tf.variable(randomNormal(fold(key(9), name), shape, 0, 0.4));

/** Two layers with batch norm and running statistics. */
function network() {
  const w1 = weight('w1', [6, 12]);
  const w2 = weight('w2', [12, 4]);
  const [gamma, beta] = [tf.variable(tf.ones([12])), tf.variable(tf.zeros([12]))];
  const running = tf.variable(tf.zeros([12]), false);
  const forward = (x: Tensor2D) => {
    const { y, mean } = fusedBatchNorm(tf.matMul(x, w1), gamma, beta);
    running.assign(tf.add(tf.mul(running, 0.9), tf.mul(mean, 0.1)));
    return tf.matMul(relu(y) as Tensor2D, w2) as Tensor2D;
  };
  return { forward, trained: [w1, w2, gamma, beta] as Variable[], running };
}

function descend(loss: () => Scalar, trained: Variable[], velocities: Variable[], rate: Scalar): Scalar {
  const { value, grads } = tf.variableGrads(loss, trained);
  trained.forEach((variable, index) => {
    const velocity = velocities[index];
    velocity.assign(tf.add(tf.mul(velocity, 0.9), grads[variable.name]));
    variable.assign(tf.sub(variable, tf.mul(velocity, rate)));
  });
  return value;
}

const slots = (trained: Variable[]) =>
  trained.map((variable) => tf.variable(tf.zeros(variable.shape), false));

describe('over 100 steps, eager and compiled agree', () => {
  it('for batch norm and momentum', () => {
    const difference = compare(() => {
      const { forward, trained, running } = network();
      const velocities = slots(trained);
      const step = (x: Tensor2D, rate: Scalar) =>
        descend(
          () => tf.mean(tf.squaredDifference(forward(x), tf.slice(x, [0, 0], [16, 4]))),
          trained,
          velocities,
          rate,
        );
      return { step, state: [...trained, ...velocities, running] };
    });
    expect(difference).toBeLessThan(1e-5);
  });

  it('for a teacher that follows its student', () => {
    const difference = compare(() => {
      const [student, teacher] = [network(), network()];
      const velocities = slots(student.trained);
      const named = (variables: Variable[]) =>
        new Map(variables.map((variable, index) => [String(index), variable] as const));
      teacher.trained.forEach((variable, index) => variable.assign(student.trained[index]));
      const step = (x: Tensor2D, rate: Scalar) => {
        emaUpdate(named(teacher.trained), named(student.trained), 0.95);
        const target = teacher.forward(tf.add(x, 0.1));
        return descend(
          () => tf.mean(tf.squaredDifference(student.forward(x), tf.mul(target, 0.9))),
          student.trained,
          velocities,
          rate,
        );
      };
      return { step, state: [...student.trained, ...teacher.trained, student.running, teacher.running] };
    });
    expect(difference).toBeLessThan(1e-5);
  });

  it('for a queue of earlier embeddings', () => {
    const difference = compare(() => {
      const w = weight('w', [6, 4]);
      const queue = tf.variable(randomNormal(key(3), [64, 4]), false);
      const velocities = slots([w]);
      const unit = (z: Tensor) => tf.div(z, tf.norm(z, 2, 1, true)) as Tensor2D;
      const step = (x: Tensor2D, rate: Scalar) => {
        const loss = () => {
          const z = unit(tf.matMul(x, w as unknown as Tensor2D));
          const scores = tf.div(tf.matMul(z, unit(queue), false, true), 0.2);
          return tf.mean(tf.logSumExp(scores, 1)) as Scalar;
        };
        const value = descend(loss, [w], velocities, rate);
        const fresh = unit(tf.matMul(x, w as unknown as Tensor2D));
        queue.assign(tf.concat([tf.slice(queue, [16, 0], [48, 4]), fresh], 0));
        return value;
      };
      return { step, state: [w, queue] };
    });
    expect(difference).toBeLessThan(1e-5);
  });
});

it('gives the same bits however often its graph was made anew', () => {
  const run = (restart: boolean) =>
    tf.tidy(() => {
      const { forward, trained } = network();
      const velocities = slots(trained);
      const step = compiled((x: Tensor2D, rate: Scalar) =>
        descend(() => tf.mean(tf.square(forward(x))), trained, velocities, rate),
      );
      for (let index = 0; index < 8; index++) {
        if (restart && index % 3 === 1) step.dispose();
        step(randomNormal(fold(key(5), index), [16, 6]) as Tensor2D, 0.1);
      }
      return trained.flatMap(values);
    });
  expect(run(true)).toEqual(run(false));
});

it('leaks no tensors and no libtensorflow handles', () => {
  const w = tf.variable(tf.zeros([4]));
  const step = compiled((x: Tensor1D, rate: Scalar) => {
    w.assign(tf.add(w, tf.mul(x, rate)));
    return tf.sum(w);
  });
  const x = tf.tensor1d([1, 2, 3, 4]);
  const count = () => [tf.memory().numTensors, nodeBackend().binding.getNumOfTensors()];
  const once = () => {
    step(x, 0.1).dispose();
    w.dataSync();
  };
  once();
  once();
  const before = count();
  for (let i = 0; i < 100; i++) once();
  expect(count()).toEqual(before);
});

it.skipIf(process.env.FOVEA_LONG !== '1')(
  'keeps memory level over 10,000 steps of two shapes with eager reads (FOVEA_LONG=1)',
  { timeout: 600_000 },
  () => {
    const { forward, trained } = network();
    const velocities = slots(trained);
    const step = compiled((x: Tensor2D, rate: Scalar) =>
      descend(() => tf.mean(tf.square(forward(x))), trained, velocities, rate),
    );
    const batches = [16, 12].map((size) => randomNormal(key(size), [size, 6]) as Tensor2D);
    const run = (steps: number) => {
      for (let i = 0; i < steps; i++) {
        step(batches[i % 100 === 99 ? 1 : 0], 0.01).dispose();
        if (i % 50 === 0) trained[0].dataSync();
      }
    };
    run(2000);
    const count = () => [
      tf.memory().numTensors,
      nodeBackend().binding.getNumOfTensors(),
      nodeBackend().binding.getNumOfSavedModels(),
    ];
    const [before, memory] = [count(), process.memoryUsage().rss];
    run(10_000);
    expect(count()).toEqual(before);
    expect((process.memoryUsage().rss - memory) / 2 ** 20).toBeLessThan(16); // MiB
  },
);
