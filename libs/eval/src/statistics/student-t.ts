import { invertMonotone } from './invert-monotone.ts';
import { incompleteBeta } from './special.ts';

/** P(|T| >= |t|) of Student's t distribution with `df` degrees of freedom. */
export function studentTwoSided(t: number, df: number): number {
  const squared = t * t;
  // Of the two equal forms, the one whose argument keeps its digits.
  return squared < df
    ? 1 - incompleteBeta(0.5, df / 2, squared / (df + squared))
    : incompleteBeta(df / 2, 0.5, df / (df + squared));
}

/** The t with P(|T| <= t) = confidence. */
export function studentCritical(confidence: number, df: number): number {
  return invertMonotone((t) => (t < 0 ? 0 : 1 - studentTwoSided(t, df)), confidence);
}
