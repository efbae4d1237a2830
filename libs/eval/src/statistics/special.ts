const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
]; // g = 7, n = 9

const TINY = 1e-300; // keeps Lentz' continued fractions off zero
const PRECISION = 1e-16;

/** log Gamma(x) for x > 0, relative error about 1e-15 (Lanczos). */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  let sum = LANCZOS[0];
  for (let at = 1; at < LANCZOS.length; at++) sum += LANCZOS[at] / (x - 1 + at);
  const t = x + 6.5;
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum);
}

/** Regularised incomplete beta function I_x(a, b) for a, b > 0 and x in [0, 1]. */
export function incompleteBeta(a: number, b: number, x: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(b, a, 1 - x); // where the fraction converges fast
  const front =
    Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x)) / a;
  return (
    front *
    continuedFraction((step) => {
      const m = Math.floor(step / 2);
      if (step === 0) return 1;
      return step % 2 === 0
        ? (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
        : (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    })
  );
}

/** Upper regularised incomplete gamma function Q(a, x) for a > 0, x >= 0. */
export function upperIncompleteGamma(a: number, x: number): number {
  if (x <= 0) return 1;
  const front = Math.exp(a * Math.log(x) - x - logGamma(a));
  if (x < a + 1) {
    let term = 1 / a;
    let sum = term;
    for (let n = 1; Math.abs(term) > PRECISION * Math.abs(sum); n++) sum += term *= x / (a + n);
    return 1 - front * sum;
  }
  // front / (x + 1 - a - 1(1 - a)/(x + 3 - a - …)), by Lentz
  let b = x + 1 - a;
  let c = 1 / TINY;
  let d = 1 / b;
  let value = d;
  for (let n = 1; n < 10_000; n++) {
    const numerator = n * (a - n);
    b += 2;
    d = 1 / guarded(numerator * d + b);
    c = guarded(b + numerator / c);
    value *= c * d;
    if (Math.abs(c * d - 1) < PRECISION) break;
  }
  return front * value;
}

/** numerator(0) / (1 + numerator(1) / (1 + …)), by Lentz. */
function continuedFraction(numerator: (step: number) => number): number {
  let c = 1;
  let d = 1 / guarded(1 + numerator(1));
  let value = d;
  for (let step = 2; step < 10_000; step++) {
    const next = numerator(step);
    d = 1 / guarded(1 + next * d);
    c = guarded(1 + next / c);
    value *= c * d;
    if (Math.abs(c * d - 1) < PRECISION) break;
  }
  return value * numerator(0);
}

function guarded(value: number): number {
  return Math.abs(value) < TINY ? TINY : value;
}
