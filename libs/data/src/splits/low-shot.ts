import { fold, key, permutation } from '@fovea/random';
import type { StreamedSet } from '../streamed-set.ts';

/** Shots of the VOC07 low-shot protocol. */
export const LOW_SHOTS: readonly number[] = [1, 2, 4, 8, 16, 32, 64, 96];

/**
 * Which classes an image shows: 1 present, -1 absent, 0 only as objects marked difficult, which neither trains nor counts.
 *
 * @returns int8 [N, classes]
 * @throws RangeError for a set without boxes
 *
 * Source: the image sets of Pascal VOC, whose files hold the same three values.
 */
export function classTargets(set: Pick<StreamedSet, 'name' | 'length' | 'classes' | 'objects'>): Int8Array {
  const { objects, length, classes, name } = set;
  if (objects === null) throw new RangeError(`classTargets: ${name} has no boxes.`);
  const targets = new Int8Array(length * classes.length).fill(-1);
  for (let index = 0; index < length; index++) {
    for (const { label, ignore } of objects(index)) {
      const at = index * classes.length + label;
      if (!ignore) targets[at] = 1;
      else if (targets[at] < 0) targets[at] = 0;
    }
  }
  return targets;
}

/**
 * One sample of the VOC07 low-shot protocol: of every class k positives and 19 k negatives keep their target, all others are 0 and train nothing.
 *
 * @param targets - int8 [N, classes] of {@link classTargets}, of the trainval split
 * @param shots - k, positives a class; the protocol takes {@link LOW_SHOTS}
 * @param sample - 0 … 4; the protocol reports the mean of five
 * @returns int8 [N, classes]
 * @throws RangeError for a class with fewer than k positives, or numbers out of range
 *
 * Source: Goyal et al., "Scaling and benchmarking self-supervised visual representation learning" (ICCV 2019), as in OpenSelfSup and VISSL. Difference:
 * drawn from a key, so that nothing is downloaded; the published samples are other draws.
 *
 * @example
 * const targets = lowShotTargets(classTargets(voc), 20, 4, 0);
 */
export function lowShotTargets(
  targets: Int8Array,
  classes: number,
  shots: number,
  sample: number,
): Int8Array {
  if (!(Number.isInteger(classes) && classes > 0 && targets.length % classes === 0)) {
    throw new RangeError(`lowShotTargets: targets must hold N x ${classes} values, got ${targets.length}.`);
  }
  if (!(Number.isInteger(shots) && shots >= 1))
    throw new RangeError(`lowShotTargets: shots must be an integer >= 1, got ${shots}.`);
  if (!(Number.isInteger(sample) && sample >= 0 && sample <= 4))
    throw new RangeError(`lowShotTargets: sample must be 0 to 4, got ${sample}.`);
  const kept = new Int8Array(targets.length);
  const root = fold(fold(fold(key(0), 'voc07-low-shot'), shots), sample);
  for (let label = 0; label < classes; label++) {
    for (const [wanted, count] of [
      [1, shots],
      [-1, 19 * shots],
    ] as const) {
      const rows: number[] = [];
      for (let at = label; at < targets.length; at += classes) if (targets[at] === wanted) rows.push(at);
      if (wanted === 1 && rows.length < count) {
        throw new RangeError(
          `lowShotTargets: class ${label} has ${rows.length} positives, ${count} shots need more.`,
        );
      }
      const order = permutation(fold(fold(root, label), wanted + 1), rows.length);
      for (const place of order.subarray(0, count)) kept[rows[place]] = wanted;
    }
  }
  return kept;
}
