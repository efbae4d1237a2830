import type { SaliencyMap } from './image.ts';
import { checkRange, withDefaults } from './options.ts';

/** Shape of the centre prior. */
export interface CentrePriorOptions {
  /** Standard deviation as a share of the width and of the height. */
  sigma: number;
}

/**
 * Centre prior, a floor for estimators: exp(-(dx^2 + dy^2) / (2 sigma^2)), dx and dy as shares of width and height, scaled to [0, 1].
 *
 * It does not look at the image.
 *
 * @throws Error for sizes below one pixel and a sigma that is not positive
 */
export function centrePrior(
  width: number,
  height: number,
  options?: Partial<CentrePriorOptions>,
): SaliencyMap {
  checkRange(width, 1, 1e6, 'centrePrior: width');
  checkRange(height, 1, 1e6, 'centrePrior: height');
  const { sigma } = withDefaults(options, { sigma: 0.25 }, 'centrePrior');
  checkRange(sigma, Number.MIN_VALUE, Infinity, 'centrePrior: sigma');
  const data = new Float32Array(width * height);
  for (let r = 0, p = 0; r < height; r++) {
    for (let c = 0; c < width; c++, p++) {
      const y = (r + 0.5) / height - 0.5;
      const x = (c + 0.5) / width - 0.5;
      data[p] = Math.exp(-(x * x + y * y) / (2 * sigma * sigma));
    }
  }
  return { data, width, height };
}
