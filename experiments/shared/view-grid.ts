import type { ChannelStatistics, ViewBatch } from '@fovea/augment';
import sharp from 'sharp';

const GAP = 2;

/**
 * A PNG of views, one row a view and one column an image, with normalisation undone.
 *
 * @param scale - pixels of the picture a pixel of a view; default 3
 */
export async function viewGrid(
  { data, shape }: Pick<ViewBatch, 'data' | 'shape'>,
  { mean, std }: ChannelStatistics,
  scale = 3,
): Promise<Buffer> {
  const [views, images, height, width, channels] = shape;
  const columns = images * (width + GAP) - GAP;
  const rows = views * (height + GAP) - GAP;
  const pixels = new Uint8ClampedArray(rows * columns * channels).fill(255);
  let at = 0;
  for (let view = 0; view < views; view++) {
    for (let image = 0; image < images; image++) {
      for (let y = 0; y < height; y++) {
        const row = (view * (height + GAP) + y) * columns + image * (width + GAP);
        for (let i = 0; i < width * channels; i++, at++) {
          const channel = i % channels;
          pixels[row * channels + i] = 255 * (data[at] * std[channel] + mean[channel]);
        }
      }
    }
  }
  return sharp(pixels, { raw: { width: columns, height: rows, channels } })
    .resize(columns * scale, rows * scale, { kernel: 'nearest' })
    .png()
    .toBuffer();
}
