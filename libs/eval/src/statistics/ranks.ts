/** Ranks from 1, ties sharing their average, and the sizes of the groups of ties. */
export function ranks(values: ArrayLike<number>): { ranks: Float64Array; ties: number[] } {
  const order = Array.from({ length: values.length }, (_, at) => at).sort((i, j) => values[i] - values[j]);
  const result = new Float64Array(values.length);
  const ties: number[] = [];
  for (let first = 0; first < order.length;) {
    let end = first + 1;
    while (end < order.length && values[order[end]] === values[order[first]]) end++;
    for (let at = first; at < end; at++) result[order[at]] = (first + 1 + end) / 2;
    ties.push(end - first);
    first = end;
  }
  return { ranks: result, ties };
}
