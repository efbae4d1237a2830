import { RECIPES } from '@fovea/augment';
import { tf } from '@fovea/tensorflow';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { METHODS, methodNamed } from './methods.ts';
import { contextOf, largest, losses, stepOf, tinyBatch, tinyLearner } from './testing/drive.ts';

/** Weights without a gradient at the middle of training, with the reason. */
const WITHOUT_GRADIENT: Readonly<Record<string, RegExp>> = {};

describe.each([...METHODS.values()])('$name', (method) => {
  it('gets a finite loss, moves every weight, keeps weights among its state and leaves no tensor behind', () => {
    const batch = tinyBatch(method);
    const before = tf.memory().numTensors;
    const learner = tinyLearner(method);
    const variables = tf.memory().numTensors;
    for (const [name, variable] of learner.weights) expect(learner.state.get(name)).toBe(variable);
    expect(new Set(learner.state.values()).size).toBe(learner.state.size);
    tf.tidy(() => {
      const { loss, gradients } = stepOf(learner, batch, contextOf(learner), 0.01);
      expect(Number.isFinite(loss.dataSync()[0])).toBe(true);
      for (const [name, gradient] of Object.entries(gradients)) {
        if (WITHOUT_GRADIENT[method.name]?.test(name)) continue;
        expect.soft(largest(gradient), name).toBeGreaterThan(0);
      }
    });
    expect(tf.memory().numTensors).toBe(variables);
    for (const variable of learner.state.values()) {
      expect(Number.isFinite(tf.tidy(() => tf.sum(variable).dataSync()[0]))).toBe(true);
    }
    learner.dispose();
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([...batch.views, ...Object.values(batch.extras)]);
  });

  it('gives the same losses again from the same key, and learns something at every step', () => {
    const batch = tinyBatch(method);
    const [first, second] = [1, 2].map(() => {
      const learner = tinyLearner(method);
      const result = losses(learner, batch, 3, false);
      learner.dispose();
      return result;
    });
    expect(second).toEqual(first);
    expect(first[2]).not.toBe(first[0]);
    tf.dispose([...batch.views, ...Object.values(batch.extras)]);
  });

  it('says what it is: recipes, file, tags', () => {
    for (const recipe of method.recipes) expect([...RECIPES.keys()]).toContain(recipe);
    expect(existsSync(join(import.meta.dirname, method.file))).toBe(true);
    expect(method.tags.length > 0).toBe(method.reconstruction !== null);
    for (const tag of method.tags) expect(method.reconstruction).toContain(`[${tag}]`);
    expect(() =>
      method.make({ backbone: { depth: 18, width: 4, stem: 'cifar' }, temprature: 1 } as never, [0, 0]),
    ).toThrow("unknown option 'temprature'");
  });
});

describe('methodNamed', () => {
  it('names the methods there are when asked for another', () => {
    expect(methodNamed('byol').title).toBe('BYOL');
    expect(() => methodNamed('boyl')).toThrow("methodNamed: there is no method 'boyl'; there are bam,");
  });
});
