import { channelPlane } from './channel-plane.ts';
import { rgbBytes, type Image, type SaliencyMap } from './image.ts';
import { minMax } from './min-max.ts';
import { withDefaults } from './options.ts';
import { rgbToLab } from './rgb-to-lab.ts';

/** Switches of minimum-barrier saliency. */
export interface MinimumBarrierDistanceOptions {
  /** Raster passes; odd ones run forward, even ones backward. */
  passes: number;
  /** Add the distance from the border's colours, the paper's backgroundness cue. */
  backgroundness: boolean;
  /** Weight by closeness to the centre, 1 - distance from it / half the diagonal. */
  centred: boolean;
  /** Push values away from the middle, 1 / (1 + exp(-10 (v - 1/2))). */
  contrast: boolean;
}

/**
 * Minimum barrier saliency (FastMBD): the least of max - min along a path to the image border, summed over Lab channels.
 *
 * Raster scans: D(x) <- min(D(x), max(U(y), I(x)) - min(L(y), I(x))) over the two neighbours already seen. With backgroundness, the
 * Mahalanobis distance from the four border strips is added: sum over strips minus the largest. Each step is scaled to [0, 1].
 *
 * Deliberate difference: the paper's smoothing by morphological reconstruction is left out (`guidedFilter` is a separate step), and a
 * strip's covariance is I larger, so that a strip of one colour has a finite distance.
 *
 * @throws Error for bad images and options
 * @see Zhang et al. 2015
 */
export function minimumBarrierDistance(
  image: Image,
  options?: Partial<MinimumBarrierDistanceOptions>,
): SaliencyMap {
  const rgb = rgbBytes(image, 'minimumBarrierDistance');
  const defaults = { passes: 3, backgroundness: true, centred: true, contrast: true };
  const o = withDefaults(options, defaults, 'minimumBarrierDistance');
  const { passes } = o;
  if (!(Number.isInteger(passes) && passes > 0)) {
    throw new Error(`minimumBarrierDistance: passes must be a positive whole number, got ${passes}.`);
  }
  const { width, height } = image;
  const lab = rgbToLab(rgb);
  const data = new Float32Array(width * height);
  for (let d = 0; d < 3; d++) {
    const plane = channelPlane(lab, 3, d);
    const barrier = barrierDistance(plane, width, height, passes);
    for (let p = 0; p < data.length; p++) data[p] += barrier[p];
  }
  minMax(data);
  if (o.backgroundness) {
    const cue = borderContrast(lab, width, height);
    for (let p = 0; p < data.length; p++) data[p] += cue[p];
    minMax(data);
  }
  if (o.centred) weightByCentre(data, width, height);
  if (o.contrast) {
    for (let p = 0; p < data.length; p++) data[p] = 1 / (1 + Math.exp(-10 * (data[p] - 0.5)));
    minMax(data);
  }
  return { data, width, height };
}

function weightByCentre(data: Float32Array, width: number, height: number): void {
  for (let r = 0, p = 0; r < height; r++) {
    for (let c = 0; c < width; c++, p++) {
      const away = Math.hypot(c + 0.5 - width / 2, r + 0.5 - height / 2) / Math.hypot(width / 2, height / 2);
      data[p] *= 1 - away;
    }
  }
  minMax(data);
}

function barrierDistance(plane: Float32Array, width: number, height: number, passes: number): Float32Array {
  const upper = plane.slice();
  const lower = plane.slice();
  const distance = new Float32Array(plane.length).fill(Infinity);
  for (let c = 0; c < width; c++) distance[c] = distance[(height - 1) * width + c] = 0;
  for (let r = 0; r < height; r++) distance[r * width] = distance[r * width + width - 1] = 0;
  const relax = (p: number, q: number): void => {
    const high = Math.max(upper[q], plane[p]);
    const low = Math.min(lower[q], plane[p]);
    if (high - low < distance[p]) {
      distance[p] = high - low;
      upper[p] = high;
      lower[p] = low;
    }
  };
  for (let pass = 0; pass < passes; pass++) {
    const forward = pass % 2 === 0;
    const step = forward ? -1 : 1; // where the neighbours already seen lie
    for (let i = 0; i < height - 2; i++) {
      const r = forward ? i + 1 : height - 2 - i;
      for (let j = 0; j < width - 2; j++) {
        const p = r * width + (forward ? j + 1 : width - 2 - j);
        relax(p, p + step);
        relax(p, p + step * width);
      }
    }
  }
  return distance;
}

/** Sum over the four border strips (a tenth of the image) of the colour distance, the largest left out; each scaled to [0, 1]. */
function borderContrast(lab: Float32Array, width: number, height: number): Float32Array {
  const deep = Math.max(1, Math.round(0.1 * Math.min(width, height)));
  const strips = [
    (r: number) => r < deep,
    (r: number) => height - r <= deep,
    (_: number, c: number) => c < deep,
    (_: number, c: number) => width - c <= deep,
  ];
  const sum = new Float32Array(width * height);
  const largest = new Float32Array(width * height);
  for (const inside of strips) {
    const distance = mahalanobis(lab, width, height, inside);
    for (let p = 0; p < sum.length; p++) {
      sum[p] += distance[p];
      largest[p] = Math.max(largest[p], distance[p]);
    }
  }
  return minMax(sum.map((value, p) => value - largest[p]));
}

function mahalanobis(
  lab: Float32Array,
  width: number,
  height: number,
  inside: (row: number, column: number) => boolean,
): Float32Array {
  const mean = [0, 0, 0];
  const second = new Float64Array(9);
  let size = 0;
  for (let r = 0, p = 0; r < height; r++) {
    for (let c = 0; c < width; c++, p++) {
      if (!inside(r, c)) continue;
      size++;
      for (let i = 0; i < 3; i++) {
        mean[i] += lab[3 * p + i];
        for (let j = 0; j < 3; j++) second[3 * i + j] += lab[3 * p + i] * lab[3 * p + j];
      }
    }
  }
  for (let i = 0; i < 3; i++) mean[i] /= size;
  const covariance = second.map((value, e) => value / size - mean[Math.floor(e / 3)] * mean[e % 3]);
  for (let i = 0; i < 3; i++) covariance[4 * i] += 1; // a strip of one colour has no spread of its own
  const [a, b, c, , e, f, , , i] = inverse3(covariance);
  const distance = new Float32Array(width * height);
  for (let p = 0; p < distance.length; p++) {
    const x = lab[3 * p] - mean[0];
    const y = lab[3 * p + 1] - mean[1];
    const z = lab[3 * p + 2] - mean[2];
    const squared = a * x * x + e * y * y + i * z * z + 2 * (b * x * y + c * x * z + f * y * z);
    distance[p] = squared < 1e-6 ? 0 : Math.sqrt(squared); // rounding of a constant image
  }
  return minMax(distance);
}

function inverse3(m: Float64Array): number[] {
  const [a, b, c, d, e, f, g, h, i] = m;
  const cofactors = [
    e * i - f * h,
    c * h - b * i,
    b * f - c * e,
    f * g - d * i,
    a * i - c * g,
    c * d - a * f,
  ];
  const determinant = a * cofactors[0] + b * cofactors[3] + c * (d * h - e * g);
  return [...cofactors, d * h - e * g, b * g - a * h, a * e - b * d].map((value) => value / determinant);
}
