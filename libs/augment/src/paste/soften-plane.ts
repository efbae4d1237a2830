import { checkPlane, floatPlane, type Plane } from '../plane.ts';

/**
 * A mask with a soft boundary: Gaussian blur of standard deviation `sigma` pixels, cut at three sigma, edges repeated.
 *
 * @param plane - [H, W]
 * @param sigma - >= 0 pixels; 0 changes nothing
 * @throws RangeError for a malformed mask or a negative sigma
 */
export function softenPlane(plane: Plane, sigma: number): Plane {
  checkPlane(plane, 'softenPlane');
  if (!(sigma >= 0 && Number.isFinite(sigma))) {
    throw new RangeError(`softenPlane: sigma must be a finite number >= 0 pixels, got ${sigma}.`);
  }
  const { height, width } = plane;
  const source = floatPlane(plane);
  if (sigma === 0) return { data: source, height, width };
  const radius = Math.ceil(3 * sigma);
  const kernel = Array.from({ length: 2 * radius + 1 }, (_, tap) =>
    Math.exp(-((tap - radius) ** 2) / (2 * sigma ** 2)),
  );
  const sum = kernel.reduce((total, weight) => total + weight, 0);
  const pass = (
    from: Float32Array,
    step: number,
    length: number,
    start: (line: number) => number,
    lines: number,
  ): Float32Array => {
    const to = new Float32Array(from.length);
    for (let line = 0; line < lines; line++) {
      const base = start(line);
      for (let place = 0; place < length; place++) {
        let value = 0;
        for (let tap = -radius; tap <= radius; tap++) {
          value += kernel[tap + radius] * from[base + Math.min(Math.max(place + tap, 0), length - 1) * step];
        }
        to[base + place * step] = value / sum;
      }
    }
    return to;
  };
  const across = pass(source, 1, width, (line) => line * width, height);
  return { data: pass(across, width, height, (line) => line, width), height, width };
}
