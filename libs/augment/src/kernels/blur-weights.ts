/** Half of a Gaussian kernel in 15 bits: the centre, then one side. */
const ONE = 2 ** 15;

/**
 * Taps that weigh less than 1e-4 of the centre are left out: together they are under 2e-5 of the sum, a two-hundredth of a level of 8 bits.
 * Rounding is made good at the centre, so that a flat image stays flat.
 */
export function blurWeights(kernelSize: number, sigma: number): Int16Array {
  const most = Math.ceil(sigma * Math.sqrt(2 * Math.log(1e4)));
  const radius = Math.min((kernelSize - 1) / 2, most);
  const kernel = Array.from({ length: radius + 1 }, (_, tap) => Math.exp(-(tap ** 2) / (2 * sigma ** 2)));
  const total = 2 * kernel.reduce((sum, weight) => sum + weight, 0) - kernel[0];
  const fixed = Int16Array.from(kernel, (weight) => Math.min(ONE - 1, Math.round((weight / total) * ONE)));
  const side = fixed.reduce((sum, weight) => sum + weight, 0) - fixed[0];
  fixed[0] = Math.min(ONE - 1, ONE - 2 * side);
  return fixed;
}

/** Places -radius … length-1+radius, mirrored back into [0, length). */
export function mirrored(length: number, radius: number): Int32Array {
  const period = Math.max(1, 2 * (length - 1));
  const places = new Int32Array(length + 2 * radius);
  for (let index = 0; index < places.length; index++) {
    const place = (((index - radius) % period) + period) % period;
    places[index] = place < length ? place : period - place;
  }
  return places;
}
