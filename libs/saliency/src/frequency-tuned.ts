import { channelPlane } from './channel-plane.ts';
import { gaussianBlurPlane } from './gaussian-blur-plane.ts';
import { rgbBytes, type Image, type SaliencyMap } from './image.ts';
import { minMax } from './min-max.ts';
import { checkRange, withDefaults } from './options.ts';
import { rgbToLab } from './rgb-to-lab.ts';

/** Constants of frequency-tuned saliency. */
export interface FrequencyTunedOptions {
  /** Standard deviation, in pixels, of the blur that removes noise; about a 5 x 5 binomial filter. */
  sigma: number;
}

/**
 * Frequency-tuned saliency: distance of the blurred Lab colour from the mean Lab colour, scaled to [0, 1].
 *
 * @throws Error for bad images and options
 * @see Achanta et al. 2009
 */
export function frequencyTuned(image: Image, options?: Partial<FrequencyTunedOptions>): SaliencyMap {
  const rgb = rgbBytes(image, 'frequencyTuned');
  const { sigma } = withDefaults(options, { sigma: 1 }, 'frequencyTuned');
  checkRange(sigma, 0, Infinity, 'frequencyTuned: sigma');
  const { width, height } = image;
  const lab = rgbToLab(rgb);
  const data = new Float32Array(width * height);
  for (let d = 0; d < 3; d++) {
    const plane = channelPlane(lab, 3, d);
    const mean = plane.reduce((sum, value) => sum + value, 0) / plane.length;
    const blurred = gaussianBlurPlane(plane, width, height, sigma);
    for (let p = 0; p < data.length; p++) data[p] += (blurred[p] - mean) ** 2;
  }
  for (let p = 0; p < data.length; p++) data[p] = data[p] < 1e-6 ? 0 : Math.sqrt(data[p]); // rounding of a constant image
  return { data: minMax(data), width, height };
}
