import { viewImage, type ChannelStatistics, type ViewBatch } from '@fovea/augment';
import { pictureGrid } from './picture-grid.ts';

/**
 * A PNG of views, one row a view and one column an image, with normalisation undone.
 *
 * @param scale - pixels of the picture a pixel of a view; default 3
 */
export function viewGrid(batch: ViewBatch, statistics: ChannelStatistics, scale = 3): Promise<Buffer> {
  const [views, images] = batch.shape;
  const row = (view: number) =>
    Array.from({ length: images }, (_, image) => viewImage(batch, view, image, statistics));
  return pictureGrid(
    Array.from({ length: views }, (_, view) => row(view)),
    scale,
  );
}
