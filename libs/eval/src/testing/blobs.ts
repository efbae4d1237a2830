import { fold, key, normalArray } from '@fovea/random';
import type { FeatureSplits, LabelledFeatures } from '../splits/feature-splits.ts';

/** Gaussian classes for tests: class means drawn with sd `spread`, samples around them with sd 1. */
export function blobs(options: {
  classes: number;
  D: number;
  train: number;
  test: number;
  spread: number;
}): FeatureSplits {
  const { classes, D, spread } = options;
  const means = normalArray(fold(key(0), 'means'), classes * D, 0, spread);
  const sample = (name: string, count: number): LabelledFeatures => {
    const labels = Int32Array.from({ length: count }, (_, row) => row % classes);
    const noise = normalArray(fold(key(0), name), count * D);
    return {
      labels,
      features: noise.map((value, at) => value + means[labels[Math.floor(at / D)] * D + (at % D)]),
    };
  };
  return { train: sample('train', options.train), test: sample('test', options.test), classes };
}

/** Everything an evaluator yields. */
export async function collect<T>(generator: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of generator) all.push(item);
  return all;
}

/** The splits with a log of every read, in order; `splits.test` is logged where the test split itself is taken. */
export function spied(splits: FeatureSplits): { splits: FeatureSplits; reads: string[] } {
  const reads: string[] = [];
  const watch = (name: string, split: LabelledFeatures): LabelledFeatures => ({
    get features() {
      reads.push(name);
      return split.features;
    },
    get labels() {
      reads.push(name);
      return split.labels;
    },
  });
  return {
    splits: {
      train: watch('train', splits.train),
      get test() {
        reads.push('splits.test');
        return watch('test', splits.test);
      },
      classes: splits.classes,
    },
    reads,
  };
}
