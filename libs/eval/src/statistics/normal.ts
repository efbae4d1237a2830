import { invertMonotone } from './invert-monotone.ts';
import { upperIncompleteGamma } from './special.ts';

/** P(Z <= z) of the standard normal distribution; both tails keep their relative precision. */
export function normalCdf(z: number): number {
  const tail = 0.5 * upperIncompleteGamma(0.5, (z * z) / 2);
  return z > 0 ? 1 - tail : tail;
}

/** The z with P(Z <= z) = p, for p in (0, 1). */
export function normalQuantile(p: number): number {
  return p > 0.5 ? -normalQuantile(1 - p) : invertMonotone(normalCdf, p);
}
