import { fold, key, permutation } from '@fovea/random';

/** Seeds of the committed lists. */
export const SPLIT_SEEDS: readonly number[] = [0, 1, 2, 3, 4];

/** Indices of one data set's lists, each sorted. */
export interface DrawnSplits {
  /** A tenth of every class, held out for every choice that a protocol makes. */
  readonly validation: readonly number[];
  /** By seed: 1 % and 10 % of every class, drawn from what is not held out; the 1 % lies inside the 10 %. */
  readonly onePercent: readonly (readonly number[])[];
  readonly tenPercent: readonly (readonly number[])[];
}

/**
 * Draws class-balanced lists: of a class with n images, round(n / 10) are held out, and per seed round(n / 100) and round(n / 10) of the others get
 * labels, at least one of every class.
 *
 * The committed lists were made by it; sets without one (EmojiScenes, CIFAR-100, STL-10) call it with their labels.
 *
 * @param name - of the data set; part of the key
 * @param labels - [N] class of every training image
 */
export function drawSplits(name: string, labels: ArrayLike<number>): DrawnSplits {
  const members = new Map<number, number[]>();
  for (let index = 0; index < labels.length; index++) {
    const list = members.get(labels[index]);
    if (list === undefined) members.set(labels[index], [index]);
    else list.push(index);
  }
  const root = fold(fold(key(0), 'splits'), name);
  const validation: number[] = [];
  const onePercent: number[][] = SPLIT_SEEDS.map(() => []);
  const tenPercent: number[][] = SPLIT_SEEDS.map(() => []);
  for (const [label, indices] of [...members].sort(([a], [b]) => a - b)) {
    const held = Math.round(indices.length / 10);
    const classKey = fold(root, label);
    const order = [...permutation(fold(classKey, 'validation'), indices.length)].map(
      (place) => indices[place],
    );
    validation.push(...order.slice(0, held));
    const rest = order.slice(held);
    for (const [place, seed] of SPLIT_SEEDS.entries()) {
      const drawn = [...permutation(fold(fold(classKey, 'labels'), seed), rest.length)].map((at) => rest[at]);
      onePercent[place].push(...drawn.slice(0, Math.max(1, Math.round(indices.length / 100))));
      tenPercent[place].push(...drawn.slice(0, Math.max(1, Math.round(indices.length / 10))));
    }
  }
  const sorted = (list: readonly number[]): number[] => [...list].sort((a, b) => a - b);
  return {
    validation: sorted(validation),
    onePercent: onePercent.map(sorted),
    tenPercent: tenPercent.map(sorted),
  };
}
