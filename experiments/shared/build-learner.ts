import type { Backbone } from '@fovea/backbones';
import { backboneOf, type BackboneOptions, type Learner } from '@fovea/methods';
import { fold, type Key } from '@fovea/random';
import { experimentMethod } from './experiment-methods.ts';
import type { RunConfig } from './run-config.ts';

/** A network to evaluate, and the learner that trains it, if any. */
export interface Subject {
  readonly backbone: Backbone;
  readonly learner: Learner | null;
  dispose(): void;
}

/**
 * The network of a run, with its method.
 *
 * Every method draws its backbone from the same key, so arms of one seed start from the same weights, and the untrained arm is that start.
 */
export function buildLearner({ method, backbone: options }: RunConfig, key: Key): Subject {
  if (method.name === 'untrained') {
    const backbone = backboneOf(options, fold(key, 'backbone'));
    return {
      backbone,
      learner: null,
      dispose: () => {
        backbone.parameters.dispose();
      },
    };
  }
  const given: { readonly backbone: BackboneOptions } = { ...method.options, backbone: options };
  const learner = experimentMethod(method.name).make(given, key);
  return {
    backbone: learner.backbone,
    learner,
    dispose: () => {
      learner.dispose();
    },
  };
}
