/** Value and gradient of a smooth function at a point; the gradient array may be reused by the caller. */
export type Objective = (point: Float64Array) => { value: number; gradient: Float64Array };

export interface LbfgsOptions {
  /** Stop when no entry of the gradient is larger than this. */
  readonly tolerance: number;
  readonly maxIterations: number;
  /** Relative rounding error of the objective's value: about 1e-15 in double precision, 1e-6 where float32 adds it up. */
  readonly noise: number;
}

export interface LbfgsResult {
  readonly point: Float64Array;
  readonly value: number;
  /** Largest entry of the gradient at `point`. */
  readonly gradientNorm: number;
  readonly iterations: number;
  /** False when the iterations ran out or no step lowered the value any more before the tolerance was met. */
  readonly converged: boolean;
}

const MEMORY = 10; // pairs of differences kept
const SUFFICIENT = 1e-4; // of the predicted decrease
const CURVATURE = 0.9; // of the starting slope

/**
 * Minimises a smooth function by L-BFGS with a weak-Wolfe bisection line search, in double precision.
 *
 * Deterministic: no draw, no clock. Where the value changes by less than its rounding error, the slope alone decides
 * (the approximate Wolfe condition of Hager and Zhang), so the gradient can be driven below what values can resolve.
 *
 * @param start - first point; not written to
 *
 * @example
 * lbfgs((x) => ({ value: (x[0] - 3) ** 2, gradient: Float64Array.of(2 * (x[0] - 3)) }), new Float64Array(1), {
 *   tolerance: 1e-10,
 *   maxIterations: 50,
 *   noise: 1e-15,
 * }).point[0]; // 3
 */
export function lbfgs(objective: Objective, start: Float64Array, options: LbfgsOptions): LbfgsResult {
  let point: Float64Array = start.slice();
  let { value, gradient } = evaluate(objective, point);
  const pairs: { step: Float64Array; change: Float64Array; product: number }[] = [];
  let iterations = 0;
  while (largest(gradient) > options.tolerance && iterations < options.maxIterations) {
    const direction = descent(gradient, pairs);
    const found = lineSearch(objective, point, value, gradient, direction, pairs.length === 0, options.noise);
    if (found === undefined) break;
    const step = difference(found.point, point);
    const change = difference(found.gradient, gradient);
    const product = dot(step, change);
    if (product > 0) pairs.push({ step, change, product });
    if (pairs.length > MEMORY) pairs.shift();
    ({ point, value, gradient } = found);
    iterations++;
  }
  const gradientNorm = largest(gradient);
  return { point, value, gradientNorm, iterations, converged: gradientNorm <= options.tolerance };
}

/** Minus the approximate inverse Hessian times the gradient (two-loop recursion). */
function descent(
  gradient: Float64Array,
  pairs: readonly { step: Float64Array; change: Float64Array; product: number }[],
): Float64Array {
  const q = gradient.map((entry) => -entry);
  const weights = pairs.map(() => 0);
  for (let at = pairs.length - 1; at >= 0; at--) {
    const { step, change, product } = pairs[at];
    weights[at] = dot(step, q) / product;
    add(q, change, -weights[at]);
  }
  const newest = pairs.at(-1);
  if (newest) {
    const scale = newest.product / dot(newest.change, newest.change);
    q.forEach((entry, at) => (q[at] = entry * scale));
  }
  pairs.forEach(({ step, change, product }, at) => {
    add(q, step, weights[at] - dot(change, q) / product);
  });
  return q;
}

function lineSearch(
  objective: Objective,
  point: Float64Array,
  value: number,
  gradient: Float64Array,
  direction: Float64Array,
  first: boolean,
  noise: number,
): { point: Float64Array; value: number; gradient: Float64Array } | undefined {
  const slope = dot(gradient, direction);
  if (!(slope < 0)) return undefined;
  let low = 0;
  let high = Infinity;
  let length = first ? Math.min(1, 1 / Math.sqrt(dot(gradient, gradient))) : 1;
  for (let trial = 0; trial < 60; trial++) {
    const candidate = point.slice();
    add(candidate, direction, length);
    const next = evaluate(objective, candidate);
    const nextSlope = dot(next.gradient, direction);
    const lower = next.value <= value + SUFFICIENT * length * slope;
    const same =
      Math.abs(next.value - value) <= noise * Math.abs(value) && nextSlope <= (2 * SUFFICIENT - 1) * slope;
    if (!lower && !same) high = length;
    else if (nextSlope < CURVATURE * slope) low = length;
    else return { point: candidate, ...next };
    length = high === Infinity ? 2 * low : (low + high) / 2;
  }
  return undefined;
}

function evaluate(objective: Objective, point: Float64Array): { value: number; gradient: Float64Array } {
  const { value, gradient } = objective(point);
  return { value, gradient: gradient.slice() };
}

function largest(values: Float64Array): number {
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(value));
  return most;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += a[at] * b[at];
  return sum;
}

function add(target: Float64Array, other: Float64Array, factor: number): void {
  for (let at = 0; at < target.length; at++) target[at] += factor * other[at];
}

function difference(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, at) => value - b[at]);
}
