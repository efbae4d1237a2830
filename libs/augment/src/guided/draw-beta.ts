import type { Stream } from '@fovea/random';

/**
 * A draw from Beta(a, b) as X / (X + Y) of two gamma draws.
 *
 * Source: Marsaglia and Tsang, "A simple method for generating gamma variables" (2000), with their boost for shapes below 1.
 */
export function drawBeta(a: number, b: number, draw: Stream): number {
  const x = drawGamma(a, draw);
  const y = drawGamma(b, draw);
  return x + y > 0 ? x / (x + y) : 0.5; // both can underflow for tiny shapes
}

function drawGamma(shape: number, draw: Stream): number {
  if (shape < 1) return drawGamma(shape + 1, draw) * Math.pow(1 - draw.uniform(), 1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = draw.normal();
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - draw.uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}
