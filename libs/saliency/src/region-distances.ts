/** Euclidean distances between all pairs of rows. // [n, D] -> [n, n] */
export function pairDistances(rows: ArrayLike<number>, dimensions: number): Float64Array {
  const count = rows.length / dimensions;
  const distances = new Float64Array(count * count);
  for (let i = 0; i < count; i++) {
    for (let j = i + 1; j < count; j++) {
      let sum = 0;
      for (let d = 0; d < dimensions; d++) sum += (rows[i * dimensions + d] - rows[j * dimensions + d]) ** 2;
      distances[i * count + j] = distances[j * count + i] = Math.sqrt(sum);
    }
  }
  return distances;
}

/** 1 for neighbours and neighbours' neighbours; zero diagonal. // [n, n] */
export function twoRing(adjacency: ArrayLike<number>, count: number): Uint8Array {
  const ring = new Uint8Array(count * count);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < count; j++) {
      if (!adjacency[i * count + j]) continue;
      ring[i * count + j] = 1;
      for (let k = 0; k < count; k++) if (adjacency[j * count + k] && k !== i) ring[i * count + k] = 1;
    }
  }
  return ring;
}

/** Adds the mutual links of all boundary regions, in place. // [n, n], [n] */
export function linkBoundary(links: Uint8Array, boundary: ArrayLike<number>): Uint8Array {
  const count = boundary.length;
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < count; j++) if (i !== j && boundary[i] && boundary[j]) links[i * count + j] = 1;
  }
  return links;
}

/**
 * Shortest-path costs between all pairs over contacts and mutually linked boundary regions; an edge costs max(0, colour distance - clip).
 *
 * Floyd-Warshall. // [n, n]
 */
export function geodesicDistances(
  adjacency: ArrayLike<number>,
  boundary: ArrayLike<number>,
  colour: Float64Array,
  clip: number,
): Float64Array {
  const count = boundary.length;
  const links = linkBoundary(Uint8Array.from(adjacency), boundary);
  const cost = new Float64Array(count * count).fill(Infinity);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < count; j++) {
      if (links[i * count + j]) cost[i * count + j] = Math.max(0, colour[i * count + j] - clip);
    }
    cost[i * count + i] = 0;
  }
  for (let k = 0; k < count; k++) {
    for (let i = 0; i < count; i++) {
      const via = cost[i * count + k];
      if (via === Infinity) continue;
      for (let j = 0; j < count; j++) {
        const through = via + cost[k * count + j];
        if (through < cost[i * count + j]) cost[i * count + j] = through;
      }
    }
  }
  return cost;
}

/** Gaussian weight of a distance, exp(-d^2 / (2 s^2)), zero beyond 3 s. */
export function gaussianWeight(distance: number, scale: number): number {
  if (distance > 3 * scale) return 0;
  return distance === 0 ? 1 : Math.exp(-(distance * distance) / (2 * scale * scale));
}

/**
 * Refuses a graph whose arrays do not fit each other.
 *
 * @throws Error with the sizes found
 */
export function checkGraph(
  graph: {
    lab: ArrayLike<number>;
    adjacency: ArrayLike<number>;
    position?: ArrayLike<number>;
    boundary?: ArrayLike<number>;
  },
  where: string,
): number {
  const count = graph.lab.length / 3;
  const fits =
    Number.isInteger(count) &&
    count > 0 &&
    graph.adjacency.length === count * count &&
    (graph.position?.length ?? 2 * count) === 2 * count &&
    (graph.boundary?.length ?? count) === count;
  if (!fits) {
    throw new Error(
      `${where}: lab [n, 3], adjacency [n, n], position [n, 2] and boundary [n] must agree, got ` +
        `${graph.lab.length}, ${graph.adjacency.length}, ${graph.position?.length ?? '-'} and ${graph.boundary?.length ?? '-'} numbers.`,
    );
  }
  return count;
}
