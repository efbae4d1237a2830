import { argMaxRows } from '../probes/linear-scores.ts';
import { checkLogits } from './classification-metrics.ts';

/**
 * Expected calibration error of the top prediction: sum over equal bins of confidence of `share x |accuracy - mean confidence|`.
 *
 * @param probabilities - [N, C], rows that sum to 1
 * @param options.bins - equal intervals (i/bins, (i+1)/bins]; Guo et al. 2017 use 15
 * @returns in [0, 1]
 * @throws Error for NaN with its row, rows that do not sum to 1 within 1e-3
 * @see torchmetrics MulticlassCalibrationError(norm='l1')
 */
export function expectedCalibrationError(
  probabilities: Float32Array | Float64Array,
  labels: Int32Array,
  classes: number,
  { bins }: { readonly bins: number },
): number {
  checkLogits(probabilities, labels, classes, 'expectedCalibrationError');
  if (!Number.isInteger(bins) || bins < 1) {
    throw new Error(`expectedCalibrationError: bins must be an integer >= 1, got ${bins}.`);
  }
  const confidence = new Float64Array(bins);
  const right = new Float64Array(bins);
  argMaxRows(probabilities, classes).forEach((prediction, row) => {
    let sum = 0;
    for (let label = 0; label < classes; label++) sum += probabilities[row * classes + label];
    if (!(Math.abs(sum - 1) <= 1e-3)) {
      throw new Error(`expectedCalibrationError: row ${row} sums to ${sum}; give probabilities, not logits.`);
    }
    const value = probabilities[row * classes + prediction];
    const bin = Math.min(bins - 1, Math.max(0, Math.ceil(value * bins) - 1));
    confidence[bin] += value;
    right[bin] += Number(prediction === labels[row]);
  });
  return confidence.reduce((sum, total, bin) => sum + Math.abs(right[bin] - total), 0) / labels.length;
}
