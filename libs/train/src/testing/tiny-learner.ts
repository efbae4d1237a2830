import type { Backbone } from '@fovea/backbones';
import type { Learner } from '@fovea/methods';
import { fold, normalArray, type Key } from '@fovea/random';
import {
  emaUpdate,
  keyedNormal,
  l2Normalize,
  tf,
  type Scalar,
  type Tensor,
  type Tensor2D,
  type Variable,
} from '@fovea/tensorflow';
import type { ViewSource } from '../fit-options.ts';

const [SIDE, HIDDEN, OUT] = [4, 12, 6];

/** A method with one of everything that a checkpoint must hold: weights, a teacher, an int32 counter, keyed noise and a schedule. */
export function tinyLearner(key: Key): Learner {
  const variable = (name: string, shape: number[]): Variable => {
    const data = normalArray(
      fold(key, name),
      shape.reduce((product, size) => product * size, 1),
      0,
      0.3,
    );
    return tf.tidy(() => tf.variable(tf.tensor(data, shape)));
  };
  const weights = new Map([
    ['w', variable('w', [SIDE * SIDE * 3, HIDDEN])],
    ['bias', variable('bias', [HIDDEN])],
    ['v', variable('v', [HIDDEN, OUT])],
  ]);
  const teacher = new Map(
    [...weights].map(([name, weight]) => [name, tf.tidy(() => tf.variable(weight.clone()))]),
  );
  const seen = tf.tidy(() => tf.variable(tf.scalar(0, 'int32'), false));
  const embed = (of: ReadonlyMap<string, Variable>, views: Tensor): Tensor2D => {
    const [w, bias, v] = [...of.values()];
    const rows = tf.reshape(views, [-1, SIDE * SIDE * 3]) as Tensor2D;
    return l2Normalize(
      tf.matMul(tf.tanh(tf.add(tf.matMul(rows, w as Tensor as Tensor2D), bias)), v as Tensor as Tensor2D),
    ) as Tensor2D;
  };
  const state = new Map([
    ...weights,
    ...[...teacher].map(([name, one]) => [`teacher.${name}`, one] as const),
    ['seen', seen],
  ]);
  return {
    name: 'tiny',
    backbone: {
      name: 'tiny',
      features: OUT,
      forward: (images: Tensor) => embed(weights, images),
    } as unknown as Backbone,
    weights,
    state,
    schedules: { momentum: (progress) => 0.9 + 0.1 * progress },
    needs: [],
    units: { spread: 'nats' },
    prepare: ({ views: [views] }, { values }) => {
      emaUpdate(teacher, weights, values.momentum);
      return { target: embed(teacher, views) };
    },
    loss: ({ views: [views] }, { target }, { key }) => {
      const z = tf.add(embed(weights, views), tf.mul(keyedNormal(key, [1, OUT]), 0.01));
      const loss = tf.mean(tf.squaredDifference(z, target)) as Scalar;
      return {
        loss: tf.sub(loss, tf.mul(tf.mean(tf.square(tf.sub(z, tf.mean(z, 0)))), 0.5)),
        metrics: { spread: tf.mean(tf.abs(z)) },
      };
    },
    commit: () => {
      seen.assign(tf.add(seen, tf.scalar(1, 'int32')));
    },
    dispose: () => {
      tf.dispose([...state.values()]);
    },
  };
}

/** Views of noise, a function of epoch and step. */
export function noiseViews(key: Key, stepsPerEpoch: number): ViewSource {
  const shape = [2, 4, SIDE, SIDE, 3];
  return {
    images: 4,
    stepsPerEpoch,
    batch: (epoch, step) => ({
      views: [{ data: normalArray(fold(fold(key, epoch), step), 2 * 4 * SIDE * SIDE * 3), shape }],
    }),
  };
}
