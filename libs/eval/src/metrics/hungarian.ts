/**
 * Minimum-cost assignment of rows to columns of a rectangular cost matrix (Hungarian method by shortest augmenting paths), O(n^2 m).
 *
 * @param cost - [rows, columns] row-major, finite
 * @returns min(rows, columns) pairs by rising row, and their total cost; with ties one of the optima
 * @throws Error for NaN or infinity, naming its row
 * @see scipy.optimize.linear_sum_assignment
 *
 * @example
 * hungarian([4, 1, 2, 3], 2, 2).columns; // Int32Array [1, 0]
 */
export function hungarian(
  cost: ArrayLike<number>,
  rows: number,
  columns: number,
): { readonly rows: Int32Array; readonly columns: Int32Array; readonly total: number } {
  if (cost.length !== rows * columns || cost.length === 0) {
    throw new Error(`hungarian: ${cost.length} costs are not ${rows} x ${columns} >= 1.`);
  }
  for (let at = 0; at < cost.length; at++) {
    if (!Number.isFinite(cost[at]))
      throw new Error(`hungarian: row ${Math.floor(at / columns)} holds ${cost[at]}.`);
  }
  const wide = rows <= columns;
  const [n, m] = wide ? [rows, columns] : [columns, rows];
  const at = (i: number, j: number): number => (wide ? cost[i * columns + j] : cost[j * columns + i]);

  const owner = augmentAll(n, m, at);
  const pairs: [number, number][] = [];
  owner.forEach((i, j) => {
    if (i >= 0) pairs.push(wide ? [i, j] : [j, i]);
  });
  pairs.sort((a, b) => a[0] - b[0]);
  return {
    rows: Int32Array.from(pairs, ([row]) => row),
    columns: Int32Array.from(pairs, ([, column]) => column),
    total: pairs.reduce((sum, [row, column]) => sum + cost[row * columns + column], 0),
  };
}

/** For n <= m: which of the n each of the m is assigned to, -1 for none. */
function augmentAll(n: number, m: number, cost: (i: number, j: number) => number): Int32Array {
  const owner = new Int32Array(m).fill(-1);
  const potentialN = new Float64Array(n);
  const potentialM = new Float64Array(m);
  for (let start = 0; start < n; start++) {
    const slack = new Float64Array(m).fill(Infinity);
    const previous = new Int32Array(m).fill(-1); // column before this one on the shortest path
    const done = new Uint8Array(m);
    let i = start;
    let last = -1;
    for (;;) {
      let next = -1;
      for (let j = 0; j < m; j++) {
        if (done[j]) continue;
        const reduced = cost(i, j) - potentialN[i] - potentialM[j];
        if (reduced < slack[j]) {
          slack[j] = reduced;
          previous[j] = last;
        }
        if (next < 0 || slack[j] < slack[next]) next = j;
      }
      const delta = slack[next];
      potentialN[start] += delta;
      for (let j = 0; j < m; j++) {
        if (done[j]) {
          potentialN[owner[j]] += delta;
          potentialM[j] -= delta;
        } else slack[j] -= delta;
      }
      done[next] = 1;
      last = next;
      if (owner[next] < 0) break;
      i = owner[next];
    }
    while (last >= 0) {
      const before = previous[last];
      owner[last] = before < 0 ? start : owner[before];
      last = before;
    }
  }
  return owner;
}
