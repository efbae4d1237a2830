import { fold, Stream, uniformArray, type Key } from '@fovea/random';
import { gaussianPlane, sample, type Plane } from './planes.ts';

/**
 * Elastic transform: a random affine map of three points, then displacements that are blurred uniform noise.
 *
 * @param c - strength and sigma of the displacements, largest shift of the three points, all in pixels
 */
export function elastic(
  planes: readonly Plane[],
  [alpha, sigma, shift]: readonly number[],
  key: Key,
): Plane[] {
  const { height, width } = planes[0];
  const draw = new Stream(fold(key, 'affine'));
  const [middle, reach] = [Math.floor(height / 2), Math.floor(Math.min(height, width) / 3)];
  const from = [
    [middle + reach, middle + reach],
    [middle + reach, middle - reach],
    [middle - reach, middle - reach],
  ];
  const to = from.map((point) => point.map((value) => value + draw.uniform(-shift, shift)));
  const back = affine(to, from);
  const moved = planes.map((plane) =>
    remapped(
      plane,
      (y, x) => [back[1][0] * x + back[1][1] * y + back[1][2], back[0][0] * x + back[0][1] * y + back[0][2]],
      'reflect-101',
    ),
  );
  const displacement = (name: string): Float64Array => {
    const noise = Float64Array.from(uniformArray(fold(key, name), height * width, -1, 1));
    return gaussianPlane({ data: noise, height, width }, sigma, 'reflect', 3).data.map(
      (value) => alpha * value,
    );
  };
  const [dx, dy] = [displacement('dx'), displacement('dy')];
  return moved.map((plane) =>
    remapped(plane, (y, x) => [y + dy[y * width + x], x + dx[y * width + x]], 'reflect'),
  );
}

/** The affine map [[a, b, c], [d, e, f]] that takes three points (x, y) to three others. */
function affine(from: readonly number[][], to: readonly number[][]): [number[], number[]] {
  const [[x0, y0], [x1, y1], [x2, y2]] = from;
  const determinant = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0);
  const row = (coordinate: number): number[] => {
    const [v0, v1, v2] = to.map((point) => point[coordinate]);
    const a = ((v1 - v0) * (y2 - y0) - (v2 - v0) * (y1 - y0)) / determinant;
    const b = ((v2 - v0) * (x1 - x0) - (v1 - v0) * (x2 - x0)) / determinant;
    return [a, b, v0 - a * x0 - b * y0];
  };
  return [row(0), row(1)];
}

function remapped(
  plane: Plane,
  source: (y: number, x: number) => number[],
  border: 'reflect' | 'reflect-101',
): Plane {
  const { height, width } = plane;
  const data = new Float64Array(height * width);
  for (let at = 0; at < data.length; at++) {
    const [y, x] = source(Math.floor(at / width), at % width);
    data[at] = sample(plane, y, x, border);
  }
  return { data, height, width };
}
