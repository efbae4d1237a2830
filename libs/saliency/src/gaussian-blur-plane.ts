/** Separable Gaussian of a plane, cut at 3 sigma and renormalised at the border; sigma 0 copies. */
export function gaussianBlurPlane(
  plane: Float32Array,
  width: number,
  height: number,
  sigma: number,
): Float32Array {
  if (sigma === 0) return plane.slice();
  const reach = Math.max(1, Math.ceil(3 * sigma));
  const kernel = Float64Array.from({ length: 2 * reach + 1 }, (_, i) =>
    Math.exp(-((i - reach) ** 2) / (2 * sigma * sigma)),
  );
  const rows = new Float32Array(plane.length);
  for (let c = 0; c < width; c++) {
    const first = Math.max(-reach, -c);
    const last = Math.min(reach, width - 1 - c);
    const total = kernelSum(kernel, reach, first, last);
    for (let start = c; start < plane.length; start += width) {
      let sum = 0;
      for (let d = first; d <= last; d++) sum += kernel[d + reach] * plane[start + d];
      rows[start] = sum / total;
    }
  }
  const output = new Float32Array(plane.length);
  for (let r = 0; r < height; r++) {
    const first = Math.max(-reach, -r);
    const last = Math.min(reach, height - 1 - r);
    const total = kernelSum(kernel, reach, first, last);
    for (let d = first; d <= last; d++) {
      const weight = kernel[d + reach] / total;
      const from = (r + d) * width;
      for (let c = 0; c < width; c++) output[r * width + c] += weight * rows[from + c];
    }
  }
  return output;
}

function kernelSum(kernel: Float64Array, reach: number, first: number, last: number): number {
  let sum = 0;
  for (let d = first; d <= last; d++) sum += kernel[d + reach];
  return sum;
}
