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
  const radius = (kernelSize - 1) / 2;
  const kernel = Float64Array.from({ length: kernelSize }, (_, tap) =>
    Math.exp(-((tap - radius) ** 2) / (2 * sigma ** 2)),
  );
  const sum = kernel.reduce((total, weight) => total + weight, 0);
  for (let tap = 0; tap < kernelSize; tap++) kernel[tap] /= sum;
  const stride = width * 3;
  const middle = scratch(height * stride);
  const columns = mirrored(width, radius);
  for (let y = 0; y < height; y++) {
    const row = offset + y * stride;
    for (let x = 0; x < width; x++) {
      let r = 0;
      let g = 0;
      let b = 0;
      for (let tap = 0; tap < kernelSize; tap++) {
        const at = row + columns[x + tap] * 3;
        const weight = kernel[tap];
        r += weight * data[at];
        g += weight * data[at + 1];
        b += weight * data[at + 2];
      }
      const to = y * stride + x * 3;
      middle[to] = r;
      middle[to + 1] = g;
      middle[to + 2] = b;
    }
  }
  const rows = mirrored(height, radius);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < stride; x++) {
      let value = 0;
      for (let tap = 0; tap < kernelSize; tap++) value += kernel[tap] * middle[rows[y + tap] * stride + x];
      data[offset + y * stride + x] = value;
    }
  }
}

/** Places -radius … length-1+radius, mirrored back into [0, length). */
function mirrored(length: number, radius: number): Int32Array {
  const period = Math.max(1, 2 * (length - 1));
  return Int32Array.from({ length: length + 2 * radius }, (_, index) => {
    const place = (((index - radius) % period) + period) % period;
    return place < length ? place : period - place;
  });
}

let buffer = new Float64Array(0);

function scratch(length: number): Float64Array {
  if (buffer.length < length) buffer = new Float64Array(length);
  return buffer;
}
