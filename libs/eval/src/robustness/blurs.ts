import { fold, Stream, type Key } from '@fovea/random';
import { clippedZoom, filterPlane, gaussianPlane, type Plane } from './planes.ts';

/** Defocus, glass, motion and zoom blur with the constants of one severity. */
export function blurred(
  type: 'defocus-blur' | 'glass-blur' | 'motion-blur' | 'zoom-blur',
  planes: readonly Plane[],
  c: readonly number[],
  key: Key,
): readonly Plane[] {
  if (type === 'defocus-blur') {
    const kernel = disk(c[0], c[1]);
    return planes.map((plane) => filterPlane(plane, kernel, 'reflect-101'));
  }
  if (type === 'glass-blur') return glass(planes, c, key);
  if (type === 'zoom-blur') {
    // Factors as numpy.arange makes them.
    const factors = Array.from({ length: Math.ceil((c[0] - 1) / c[1]) }, (_, at) => 1 + at * c[1]);
    return planes.map((plane) => {
      const sum = plane.data.slice();
      for (const factor of factors)
        clippedZoom(plane, factor).data.forEach((value, at) => (sum[at] += value));
      return { ...plane, data: sum.map((value) => value / (factors.length + 1)) };
    });
  }
  const angle = new Stream(fold(key, 'angle')).uniform(-45, 45);
  return planes.map((plane) => motionBlur(plane, c[0], c[1], angle));
}

/** Weights of a half Gaussian along a line from each pixel, nearest pixels, edges repeated: [RECON] of ImageMagick's motion blur. */
export function motionBlur(plane: Plane, radius: number, sigma: number, degrees: number): Plane {
  const { data, height, width } = plane;
  const length = 2 * radius + 1;
  const weights = Float64Array.from({ length }, (_, at) => Math.exp((-at * at) / (2 * sigma * sigma)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const [dy, dx] = [Math.sin((degrees * Math.PI) / 180), Math.cos((degrees * Math.PI) / 180)];
  const result = new Float64Array(data.length);
  weights.forEach((weight, at) => {
    const [down, right] = [Math.round(at * dy), Math.round(at * dx)];
    for (let y = 0; y < height; y++) {
      const row = Math.min(height - 1, Math.max(0, y + down)) * width;
      for (let x = 0; x < width; x++) {
        result[y * width + x] += (weight / total) * data[row + Math.min(width - 1, Math.max(0, x + right))];
      }
    }
  });
  return { data: result, height, width };
}

/** A disk on the integer grid, blurred by a Gaussian of 3 or 5 taps. */
function disk(radius: number, alias: number): Plane {
  const reach = Math.max(8, radius);
  const side = 2 * reach + 1;
  const data = Float64Array.from({ length: side * side }, (_, at) => {
    const [y, x] = [Math.floor(at / side) - reach, (at % side) - reach];
    return Number(x * x + y * y <= radius * radius);
  });
  const total = data.reduce((sum, value) => sum + value, 0);
  const plane = { data: data.map((value) => value / total), height: side, width: side };
  const taps = radius <= 8 ? 3 : 5;
  const own = Array.from({ length: taps }, (_, at) =>
    Math.exp(-((at - (taps - 1) / 2) ** 2) / (2 * alias * alias)),
  );
  const sum = own.reduce((all, value) => all + value, 0);
  const kernel = Float64Array.from(
    { length: taps * taps },
    (_, at) => (own[Math.floor(at / taps)] * own[at % taps]) / sum ** 2,
  );
  return filterPlane(plane, { data: kernel, height: taps, width: taps }, 'reflect-101');
}

/** Blur, neighbours swapped at random from the lower right on, blur again. */
function glass(planes: readonly Plane[], [sigma, most, rounds]: readonly number[], key: Key): Plane[] {
  const soft = planes.map((plane) => {
    const { data } = gaussianPlane(plane, sigma, 'nearest', 4);
    return { ...plane, data: data.map((value) => Math.floor(255 * value + 1e-9) / 255) };
  });
  const { height, width } = planes[0];
  const draw = new Stream(fold(key, 'shuffle'));
  for (let round = 0; round < rounds; round++) {
    for (let y = height - most; y > most; y--) {
      for (let x = width - most; x > most; x--) {
        const [dx, dy] = [draw.integer(-most, most), draw.integer(-most, most)];
        const [here, there] = [
          Math.min(y, height - 1) * width + Math.min(x, width - 1),
          (y + dy) * width + x + dx,
        ];
        for (const { data } of soft) [data[here], data[there]] = [data[there], data[here]];
      }
    }
  }
  return soft.map((plane) => gaussianPlane(plane, sigma, 'nearest', 4));
}
