import { resNet, type Backbone } from '@fovea/backbones';
import { bam, simClr, type Learner } from '@fovea/methods';
import { fold, type Key } from '@fovea/random';
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
export function buildLearner(config: RunConfig, key: Key): Subject {
  const { method, backbone: options } = config;
  if (method.name === 'untrained') {
    const backbone = resNet(options, fold(key, 'backbone'));
    return {
      backbone,
      learner: null,
      dispose: () => {
        backbone.parameters.dispose();
      },
    };
  }
  const learner =
    method.name === 'bam'
      ? bam({ backbone: options, ...method }, key)
      : simClr({ backbone: options, ...method }, key);
  return {
    backbone: learner.backbone,
    learner,
    dispose: () => {
      learner.dispose();
    },
  };
}
