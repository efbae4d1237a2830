/** Separable Gaussian of a plane, cut at 3 sigma and renormalised at the border; sigma 0 copies. */
export function gaussianBlurPlane(
  plane: Float32Array,
  width: number,
  height: number,
  sigma: number,
): Float32Array {
  if (sigma === 0) return plane.slice();
  const reach = Math.max(1, Math.ceil(3 * sigma));
  const kernel = Float64Array.from({ length: reach + 1 }, (_, d) => Math.exp(-(d * d) / (2 * sigma * sigma)));
  const along = (input: Float32Array, size: number, stride: number): Float32Array => {
    const output = new Float32Array(input.length);
    for (let p = 0; p < input.length; p++) {
      const place = Math.floor(p / stride) % size;
      const first = Math.max(-reach, -place);
      const last = Math.min(reach, size - 1 - place);
      let sum = 0;
      let total = 0;
      for (let d = first; d <= last; d++) {
        const weight = kernel[d < 0 ? -d : d];
        sum += weight * input[p + d * stride];
        total += weight;
      }
      output[p] = sum / total;
    }
    return output;
  };
  return along(along(plane, width, 1), height, width);
}
