import type { StreamedSet } from '@fovea/data';

type Labelled = Pick<StreamedSet, 'labels' | 'classes'>;

/** The first rows of every class, as many of each and at least one: `count` rows where every class has enough. */
export function balancedRows({ labels, classes }: Labelled, count: number): number[] {
  const each = Math.max(1, Math.round(count / classes.length));
  const taken = new Int32Array(classes.length);
  return [...labels.keys()].filter((row) => taken[labels[row]]++ < each);
}
