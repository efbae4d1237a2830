import { canonicalJson } from '@fovea/files';
import type { ResultRecord } from './record.ts';

type Result = Pick<ResultRecord, 'metrics' | 'curves'>;

/**
 * True when two records hold the same metrics and curves to the last bit, in any order of names.
 *
 * Texts are compared as JSON prints numbers: the shortest digits that give the number back, so equal texts are equal bits
 * (and -0 is 0, as it is once stored).
 */
export function sameResult(a: Result, b: Result): boolean {
  return resultDifferences(a, b).length === 0;
}

/** One line for each metric or curve that is not bit-equal in both records. */
export function resultDifferences(a: Result, b: Result): string[] {
  return [...differences('metric', a.metrics, b.metrics), ...differences('curve', a.curves, b.curves)];
}

function differences<Item extends { name: string }>(
  kind: string,
  a: readonly Item[],
  b: readonly Item[],
): string[] {
  const left = new Map(a.map((item) => [item.name, canonicalJson(item)]));
  const right = new Map(b.map((item) => [item.name, canonicalJson(item)]));
  return [...new Set([...left.keys(), ...right.keys()])].sort().flatMap((name) => {
    const [x, y] = [left.get(name), right.get(name)];
    return x === y ? [] : [`${kind} ${name}: ${x ?? 'absent'} is not ${y ?? 'absent'}`];
  });
}
