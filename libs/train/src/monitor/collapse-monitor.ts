import type { Learner, ViewBatch } from '@fovea/methods';
import { tf, type Tensor } from '@fovea/tensorflow';
import { collapseFigures, type CollapseFigures } from './collapse-figures.ts';

/** When a run looks at its embeddings. */
export interface MonitorOptions {
  /** Steps between two looks; default: the last step of every epoch. */
  readonly everySteps?: number;
  /** Images that are embedded at most, >= 2; default 128. */
  readonly images?: number;
}

// Pooled features of a healthy network are positive and have cosines of up to 0.99, so these stand for cosines above 0.999.
const LEAST_STD = 0.03;
const LEAST_RANK = 1.5;
const LEAST_UNIFORMITY = -0.004;

/**
 * Embeds the first two views of a batch in evaluation mode and measures how they spread.
 *
 * What is embedded is what the learner's `embed` gives, else the features of its backbone. Training is not touched.
 */
export function lookAtEmbeddings(learner: Learner, batch: ViewBatch, images = 128): CollapseFigures {
  const views = tf.tidy(() => {
    const [views_VBHWC] = batch.views;
    const [count, size, ...pixels] = views_VBHWC.shape;
    const rows = Math.min(size, images);
    return Array.from({ length: Math.min(count, 2) }, (_, view) => {
      const one = tf.slice(views_VBHWC, [view, 0, 0, 0, 0], [1, rows, ...pixels]);
      const images_BHWC = tf.reshape(one, [rows, ...pixels]);
      const z: Tensor = learner.embed?.(images_BHWC) ?? learner.backbone.forward(images_BHWC, 'eval');
      return { data: z.dataSync<'float32'>(), dimensions: z.size / rows };
    });
  });
  return collapseFigures(
    views.map(({ data }) => data),
    views[0].dimensions,
  );
}

/** What the figures say about collapse, or null while all is well. */
export function collapseWarning(figures: CollapseFigures): string | null {
  const { featureStd, effectiveRank, uniformity } = figures;
  const signs = [
    ...(featureStd < LEAST_STD
      ? [`their standard deviation is ${featureStd.toFixed(3)} of a full spread's`]
      : []),
    ...(effectiveRank < LEAST_RANK ? [`their effective rank is ${effectiveRank.toFixed(2)}`] : []),
    ...(uniformity > LEAST_UNIFORMITY ? [`their uniformity is ${uniformity.toFixed(3)}`] : []),
  ];
  return signs.length === 0 ? null : `embeddings are nearly all alike: ${signs.join(', ')}`;
}
