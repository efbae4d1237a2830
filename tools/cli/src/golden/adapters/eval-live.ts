import { cocoMaskAp, expectedCalibrationError, maskRuns, type MaskRuns } from '@fovea/eval';
import type { GoldenAdapter, GoldenTensor } from '../adapter.ts';

/** What only `npm run parity:eval` has cases of, masks being [n, H, W]. */
export const adapters: GoldenAdapter[] = [
  {
    function: 'cocoMaskAp',
    run: ({ gtMasks, gtImage, gtClass, dtMasks, dtScores, dtImage, dtClass }) => ({
      outputs: {
        ...cocoMaskAp(
          { masks: runsOf(gtMasks), images: gtImage.data, classes: gtClass.data },
          { masks: runsOf(dtMasks), images: dtImage.data, classes: dtClass.data, scores: dtScores.data },
        ),
      },
    }),
  },
  {
    function: 'expectedCalibrationError',
    run: ({ probabilities, labels }, options) => {
      const [, classes] = probabilities.shape;
      const values = Float32Array.from(probabilities.data);
      const own = Int32Array.from(labels.data);
      const ece = expectedCalibrationError(values, own, classes, { bins: options.bins as number });
      return { outputs: { ece } };
    },
  },
];

function runsOf({ shape: [count, height, width], data }: GoldenTensor): MaskRuns[] {
  const size = height * width;
  return Array.from({ length: count }, (_, at) => maskRuns(data.subarray(at * size, (at + 1) * size)));
}
