import type { ByteImage } from '../image.ts';
import { checkStatistics, type ChannelStatistics } from '../ops/normalize.ts';
import type { ViewBatch } from '../views/render-batch.ts';

/**
 * One view of a batch as an image that can be looked at: normalisation undone, values rounded to bytes.
 *
 * @param statistics - those that the recipe normalised with
 * @throws RangeError when the batch has no such view or row
 *
 * @example
 * const grid = contactSheet([0, 1].map((view) => viewImage(batch, view, 0, CIFAR10_STATISTICS)), 96, 2); // of @fovea/data
 */
export function viewImage(
  batch: ViewBatch,
  view: number,
  row: number,
  statistics: ChannelStatistics,
): ByteImage {
  const [views, rows, height, width] = batch.shape;
  checkStatistics(statistics, 'viewImage');
  if (!(
    Number.isInteger(view) &&
    view >= 0 &&
    view < views &&
    Number.isInteger(row) &&
    row >= 0 &&
    row < rows
  )) {
    throw new RangeError(
      `viewImage: the batch has ${views} views of ${rows} images, got view ${view}, row ${row}.`,
    );
  }
  const length = height * width * 3;
  const start = (view * rows + row) * length;
  const data = Uint8Array.from(batch.data.subarray(start, start + length), (value, at) => {
    const byte = Math.round(255 * (value * statistics.std[at % 3] + statistics.mean[at % 3]));
    return Math.min(255, Math.max(0, byte));
  });
  return { data, height, width, channels: 3 };
}
