/** A predicted saliency map and its mask, normalised as the measures want them. */
export interface SaliencyPair {
  /** [H, W], in [0, 1]. */
  readonly prediction: Float64Array;
  /** [H, W], 0 or 1. */
  readonly mask: Uint8Array;
  readonly height: number;
  readonly width: number;
}

/** A grey map and a grey mask as stored: 8 bits, row-major. */
export interface SaliencyImages {
  readonly prediction: Uint8Array;
  readonly groundTruth: Uint8Array;
  readonly height: number;
  readonly width: number;
}

/**
 * `prediction / 255`, then min-max unless constant; mask where the ground truth exceeds 128.
 *
 * @throws Error when the two arrays are not both [height, width]
 */
export function saliencyPair(
  { prediction, groundTruth, height, width }: SaliencyImages,
  where: string,
): SaliencyPair {
  const size = height * width;
  if (size === 0 || prediction.length !== size || groundTruth.length !== size) {
    throw new Error(
      `${where}: prediction has ${prediction.length} and groundTruth ${groundTruth.length} pixels, both must have ${height} x ${width} >= 1.`,
    );
  }
  const scaled = Float64Array.from(prediction, (level) => level / 255);
  let low = Infinity;
  let high = -Infinity;
  for (const value of scaled) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return {
    prediction: high > low ? scaled.map((value) => (value - low) / (high - low)) : scaled,
    mask: Uint8Array.from(groundTruth, (level) => (level > 128 ? 1 : 0)),
    height,
    width,
  };
}

/** `min(2 mean, 1)`, the adaptive threshold of Achanta et al.; a pixel is foreground when it reaches it. */
export function adaptiveThreshold(prediction: Float64Array): number {
  let sum = 0;
  for (const value of prediction) sum += value;
  return Math.min((2 * sum) / prediction.length, 1);
}

/** For thresholds 255, 254 … 0: how many pixels of `floor(255 p)` reach it, inside and outside of the mask. */
export function cumulativeHistograms({ prediction, mask }: SaliencyPair): {
  inside: Int32Array;
  outside: Int32Array;
} {
  const inside = new Int32Array(256);
  const outside = new Int32Array(256);
  prediction.forEach((value, at) => {
    (mask[at] ? inside : outside)[255 - Math.floor(255 * value)]++;
  });
  for (let at = 1; at < 256; at++) {
    inside[at] += inside[at - 1];
    outside[at] += outside[at - 1];
  }
  return { inside, outside };
}

/** Number of mask pixels. */
export function area(mask: Uint8Array): number {
  let count = 0;
  for (const value of mask) count += value;
  return count;
}
