import type { Stream } from '@fovea/random';

/** How many kinds of texture there are. */
export const TEXTURES = 12;

/**
 * A procedural background: two drawn colours mixed by a pattern of one kind, whose period, angle and phase are drawn too.
 *
 * Kinds: stripes, checks, dots, smooth noise, fine noise, rings, bricks, cells, gradient, plaid, chevrons, clouds.
 *
 * @param kind - in [0, 12)
 * @returns values 0 … 255, [size, size, 3]
 */
export function texture(kind: number, size: number, draw: Stream): Float32Array {
  const pattern = patternOf(kind, draw);
  const [a, b] = [colour(draw), colour(draw)];
  const data = new Float32Array(size * size * 3);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const share = Math.min(1, Math.max(0, pattern((x + 0.5) / size, (y + 0.5) / size)));
      const at = (y * size + x) * 3;
      for (let channel = 0; channel < 3; channel++)
        data[at + channel] = a[channel] + share * (b[channel] - a[channel]);
    }
  }
  return data;
}

type Pattern = (x: number, y: number) => number;

function patternOf(kind: number, draw: Stream): Pattern {
  const angle = draw.uniform(0, Math.PI);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const across = (x: number, y: number): number => x * cos + y * sin;
  const along = (x: number, y: number): number => y * cos - x * sin;
  const n = draw.uniform(3, 6); // periods over the image
  const [px, py] = [draw.uniform(), draw.uniform()];
  switch (kind) {
    case 0:
      return (x, y) => soft(Math.sin(2 * Math.PI * (n * across(x, y) + px)));
    case 1:
      return (x, y) => (Math.floor(n * across(x, y) + px) + Math.floor(n * along(x, y) + py)) & 1;
    case 2:
      return (x, y) =>
        soft(8 * (0.3 - Math.hypot(part(n * across(x, y) + px) - 0.5, part(n * along(x, y) + py) - 0.5)));
    case 3:
      return noise(4, draw);
    case 4:
      return noise(24, draw);
    case 5:
      return (x, y) => soft(Math.sin(2 * Math.PI * 2 * n * Math.hypot(x - px, y - py)));
    case 6:
      return (x, y) => {
        const row = Math.floor(1.5 * n * y + py);
        const column = part(0.75 * n * x + px + (row & 1) / 2);
        return part(1.5 * n * y + py) < 0.15 || column < 0.08 ? 0 : 1;
      };
    case 7:
      return cells(Math.round(3 * n), draw);
    case 8:
      return (x, y) => 0.5 + 0.7 * across(x - 0.5, y - 0.5);
    case 9:
      return (x, y) =>
        0.5 +
        0.25 *
          (Math.sin(2 * Math.PI * (n * across(x, y) + px)) + Math.sin(2 * Math.PI * (n * along(x, y) + py)));
    case 10:
      return (x, y) =>
        soft(Math.sin(2 * Math.PI * (n * across(x, y) + Math.abs(part(n * along(x, y) + px) - 0.5))));
    case 11: {
      const octaves = [noise(3, draw), noise(6, draw), noise(12, draw), noise(24, draw)];
      return (x, y) => octaves.reduce((sum, octave, level) => sum + (octave(x, y) - 0.5) / 2 ** level, 0.5);
    }
    default:
      throw new RangeError(`texture: kind must be an integer in [0, ${TEXTURES}), got ${kind}.`);
  }
}

function colour(draw: Stream): [number, number, number] {
  return [draw.uniform(20, 235), draw.uniform(20, 235), draw.uniform(20, 235)];
}

function part(x: number): number {
  return x - Math.floor(x);
}

/** A step from 0 to 1 around 0, a few pixels wide. */
function soft(x: number): number {
  return 0.5 + 1.5 * x;
}

/** Bilinear noise on a lattice of `side` cells. */
function noise(side: number, draw: Stream): Pattern {
  const lattice = Float64Array.from({ length: (side + 1) * (side + 1) }, () => draw.uniform());
  return (x, y) => {
    const [u, v] = [x * side, y * side];
    const [left, top] = [Math.min(side - 1, Math.floor(u)), Math.min(side - 1, Math.floor(v))];
    const at = top * (side + 1) + left;
    const [fx, fy] = [u - left, v - top];
    return (
      (1 - fy) * ((1 - fx) * lattice[at] + fx * lattice[at + 1]) +
      fy * ((1 - fx) * lattice[at + side + 1] + fx * lattice[at + side + 2])
    );
  };
}

/** Flat Voronoi cells. */
function cells(count: number, draw: Stream): Pattern {
  const points = Array.from({ length: count }, () => [draw.uniform(), draw.uniform(), draw.uniform()]);
  return (x, y) => {
    let [nearest, value] = [Infinity, 0];
    for (const [px, py, shade] of points) {
      const distance = (x - px) ** 2 + (y - py) ** 2;
      if (distance < nearest) [nearest, value] = [distance, shade];
    }
    return value;
  };
}
