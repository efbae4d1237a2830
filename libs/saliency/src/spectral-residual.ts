import { fft2 } from './fft.ts';
import { checkMap, type SaliencyMap } from './image.ts';
import { minMax } from './min-max.ts';
import { checkRange, withDefaults } from './options.ts';

/** Constants of the spectral residual. */
export interface SpectralResidualOptions {
  /** Side of the box over which the log amplitude is averaged; odd. */
  mean: number;
  /** Standard deviation, in pixels, of the final smoothing. */
  sigma: number;
  /** `opencv`: mirrored borders, amplitude smoothed by 5 taps before it is squared, divided by the maximum; take sigma 8 with it. */
  variant: 'periodic' | 'opencv';
}

const SPECTRAL_RESIDUAL_DEFAULTS: SpectralResidualOptions = { mean: 3, sigma: 2.5, variant: 'periodic' };

/**
 * Spectral residual: what is left of an image once its expected log spectrum is taken away.
 *
 * A = log(|F| + 1e-12), R = A - box mean of A, S = |F^-1 exp(R + i angle F)|^2, circular Gaussian, scaled to [0, 1].
 * The transform and both filters are periodic; OpenCV's filters (`variant`) mirror at the border. A constant image gives all zeros.
 *
 * @param grey - grey image in [0, 1] at the working size, 64 pixels wide in the paper
 * @throws Error for what is no map and options out of range
 * @see Hou and Zhang 2007
 */
export function spectralResidual(grey: SaliencyMap, options?: Partial<SpectralResidualOptions>): SaliencyMap {
  checkMap(grey, 'spectralResidual');
  const { mean, sigma, variant } = withDefaults(options, SPECTRAL_RESIDUAL_DEFAULTS, 'spectralResidual');
  if (!(Number.isInteger(mean) && mean > 0 && mean % 2 === 1)) {
    throw new Error(`spectralResidual: mean must be an odd whole number, got ${mean}.`);
  }
  checkRange(sigma, 0, Infinity, 'spectralResidual: sigma');
  if (variant !== 'periodic' && variant !== 'opencv') {
    throw new Error(`spectralResidual: variant must be periodic or opencv, got ${String(variant)}.`);
  }
  const { width, height } = grey;
  if (grey.data.every((value) => value === grey.data[0])) {
    return { data: new Float32Array(width * height), width, height };
  }
  const place = variant === 'periodic' ? wrap : mirror;
  const real = Float64Array.from(grey.data);
  const imaginary = new Float64Array(real.length);
  fft2(real, imaginary, height, width);
  const logAmplitude = real.map((re, i) => Math.log(Math.hypot(re, imaginary[i]) + 1e-12));
  const box = new Float64Array(mean).fill(1 / mean);
  const expected = filter(logAmplitude, height, width, box, box, place);
  for (let i = 0; i < real.length; i++) {
    const angle = Math.atan2(imaginary[i], real[i]);
    const amplitude = Math.exp(logAmplitude[i] - expected[i]);
    real[i] = amplitude * Math.cos(angle);
    imaginary[i] = amplitude * Math.sin(angle);
  }
  fft2(real, imaginary, height, width, true);
  const energy = real.map((re, i) => re * re + imaginary[i] * imaginary[i]);
  if (variant === 'periodic') {
    const smooth = filter(
      energy,
      height,
      width,
      wholePeriod(height, sigma),
      wholePeriod(width, sigma),
      place,
    );
    return { data: Float32Array.from(minMax(smooth)), width, height };
  }
  const taps = fiveTaps(sigma);
  const smooth = filter(energy.map(Math.sqrt), height, width, taps, taps, place).map(
    (value) => value * value,
  );
  const high = smooth.reduce((most, value) => Math.max(most, value), 0);
  return { data: Float32Array.from(smooth, (value) => value / high), width, height };
}

/** Gaussian over the whole period, sampled at wrapped whole offsets; the middle of the array is offset 0. */
function wholePeriod(size: number, sigma: number): Float64Array {
  const middle = Math.floor(size / 2);
  return gaussian(
    Float64Array.from({ length: size }, (_, i) =>
      Math.min(Math.abs(i - middle), size - Math.abs(i - middle)),
    ),
    sigma,
  );
}

function fiveTaps(sigma: number): Float64Array {
  return gaussian(Float64Array.of(2, 1, 0, 1, 2), sigma);
}

function gaussian(offsets: Float64Array, sigma: number): Float64Array {
  const kernel = offsets.map((d) =>
    sigma === 0 ? Number(d === 0) : Math.exp(-(d * d) / (2 * sigma * sigma)),
  );
  const sum = kernel.reduce((total, value) => total + value, 0);
  return kernel.map((value) => value / sum);
}

/** Where a filter reads beyond the border. */
type Place = (index: number, size: number) => number;

const wrap: Place = (index, size) => ((index % size) + size) % size;

const mirror: Place = (index, size) => {
  if (size === 1) return 0;
  const folded = wrap(index, 2 * size - 2);
  return folded < size ? folded : 2 * size - 2 - folded;
};

function filter(
  values: Float64Array,
  height: number,
  width: number,
  rows: Float64Array,
  columns: Float64Array,
  place: Place,
): Float64Array {
  const along = (input: Float64Array, kernel: Float64Array, size: number, stride: number): Float64Array => {
    const middle = Math.floor(kernel.length / 2);
    const output = new Float64Array(input.length);
    for (let p = 0; p < input.length; p++) {
      const at = Math.floor(p / stride) % size;
      for (let k = 0; k < kernel.length; k++) {
        output[p] += kernel[k] * input[p + (place(at + k - middle, size) - at) * stride];
      }
    }
    return output;
  };
  return along(along(values, columns, width, 1), rows, height, width);
}
