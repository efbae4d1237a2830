import { checkImage, mapImage, type FloatImage } from '../image.ts';

/**
 * Blurs with a Gaussian of standard deviation `sigma` pixels (a sigma, not a radius), cut to `kernelSize` taps and normalised; the border is
 * mirrored without repeating the edge.
 *
 * `k_x ~ exp(-x^2 / (2 sigma^2))`, separable. A kernel wider than the image mirrors as often as needed.
 *
 * @param image - [H, W, 3]
 * @param kernelSize - odd, >= 1
 * @param sigma - > 0, in pixels
 * @throws RangeError for an even kernel size or a sigma that is not > 0
 *
 * Source: torchvision `gaussian_blur`.
 */
export function gaussianBlur(image: FloatImage, kernelSize: number, sigma: number): FloatImage {
  checkImage(image, 'gaussianBlur');
  if (!(Number.isInteger(kernelSize) && kernelSize >= 1 && kernelSize % 2 === 1)) {
    throw new RangeError(`gaussianBlur: kernelSize must be an odd integer >= 1, got ${kernelSize}.`);
  }
  if (!(Number.isFinite(sigma) && sigma > 0)) {
    throw new RangeError(`gaussianBlur: sigma must be a finite number > 0 pixels, got ${sigma}.`);
  }
  const { height, width } = image;
  return mapImage(image, (data, offset) => blurInPlace(data, offset, height, width, kernelSize, sigma));
}

/** {@link gaussianBlur} without checks, on the image at `offset`. */
export function blurInPlace(
  data: Float32Array,
  offset: number,
  height: number,
  width: number,
  kernelSize: number,
  sigma: number,
): void {
  const kernel = halfKernel(kernelSize, sigma);
  const radius = kernel.length - 1;
  const stride = width * 3;
  const middle = scratch(0, height * stride);
  const padded = scratch(1, (width + 2 * radius) * 3);
  const columns = mirrored(width, radius);
  for (let y = 0; y < height; y++) {
    const row = offset + y * stride;
    for (let x = 0; x < columns.length; x++) {
      const from = row + columns[x] * 3;
      padded[x * 3] = data[from];
      padded[x * 3 + 1] = data[from + 1];
      padded[x * 3 + 2] = data[from + 2];
    }
    const to = y * stride;
    for (let x = 0; x < stride; x++) {
      const centre = x + radius * 3;
      let value = kernel[0] * padded[centre];
      for (let tap = 1, step = 3; tap <= radius; tap++, step += 3) {
        value += kernel[tap] * (padded[centre - step] + padded[centre + step]);
      }
      middle[to + x] = value;
    }
  }
  const rows = mirrored(height, radius);
  const sum = padded; // one row of it is enough
  for (let y = 0; y < height; y++) {
    const own = y * stride;
    for (let x = 0; x < stride; x++) sum[x] = kernel[0] * middle[own + x];
    for (let tap = 1; tap <= radius; tap++) {
      const weight = kernel[tap];
      const above = rows[y + radius - tap] * stride;
      const below = rows[y + radius + tap] * stride;
      for (let x = 0; x < stride; x++) sum[x] += weight * (middle[above + x] + middle[below + x]);
    }
    const to = offset + own;
    for (let x = 0; x < stride; x++) data[to + x] = sum[x];
  }
}

/** Weights of the centre and of one side; taps too light for float32 to notice (below 1e-9 of the centre) are left out. */
function halfKernel(kernelSize: number, sigma: number): Float64Array {
  const most = Math.ceil(sigma * Math.sqrt(2 * Math.log(1e9)));
  const radius = Math.min((kernelSize - 1) / 2, most);
  const kernel = Float64Array.from({ length: radius + 1 }, (_, tap) =>
    Math.exp(-(tap ** 2) / (2 * sigma ** 2)),
  );
  const total = 2 * kernel.reduce((sum, weight) => sum + weight, 0) - kernel[0];
  return kernel.map((weight) => weight / total);
}

/** Places -radius … length-1+radius, mirrored back into [0, length). */
function mirrored(length: number, radius: number): Int32Array {
  const period = Math.max(1, 2 * (length - 1));
  return Int32Array.from({ length: length + 2 * radius }, (_, index) => {
    const place = (((index - radius) % period) + period) % period;
    return place < length ? place : period - place;
  });
}

const buffers = [new Float64Array(0), new Float64Array(0)];

function scratch(which: 0 | 1, length: number): Float64Array {
  if (buffers[which].length < length) buffers[which] = new Float64Array(length);
  return buffers[which];
}
