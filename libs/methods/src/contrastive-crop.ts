import type { FractionBox } from '@fovea/augment';
import type { Backbone, Vit } from '@fovea/backbones';
import { attentionBox, channelSumCamBox } from '@fovea/saliency';
import { tf, type Tensor4D } from '@fovea/tensorflow';
import type { BackboneOptions } from './encoder.ts';
import type { BoxPlan } from './learner.ts';
import { method, type Given, type Method } from './method.ts';

/** What ContrastiveCrop adds to a method's options. */
export interface ContrastiveCropSettings {
  readonly boxes: BoxPlan;
}

/**
 * ContrastiveCrop: a method whose crops have their centre in a box of the network's own map, rather near the box's border than at its centre.
 *
 *     heat = minmax sum over channels of the last map, enlarged;  box = rows and columns whose maximum exceeds 0.1
 *     centre of a crop ~ Beta(0.6, 0.6) over the box;   L = the method's own loss, unchanged
 *
 * The boxes are whole images during the warm-up; after it, wherever `renewsBoxes` says so, `contrastiveBoxes` makes them of the evaluated network, and
 * `makeGuidedViews` of @fovea/augment draws crops by them. `bam` has this as its option `boxes`.
 *
 * Source: Peng et al. 2022; xyupeng/ContrastiveCrop (100 epochs: boxes after 20, renewed every 20).
 *
 * @example
 * const learner = contrastiveCropOver(SIMCLR).make({ backbone }, key(0));
 * // after each epoch: if (renewsBoxes(learner.boxes, epoch)) boxes = contrastiveBoxes(learner.backbone, …);
 */
export function contrastiveCropOver<Options extends { backbone: BackboneOptions }>(
  over: Method<Options>,
): Method<Options & ContrastiveCropSettings> {
  const name = `contrastive-crop-${over.name}`;
  return method<Options & ContrastiveCropSettings>({
    ...over,
    name,
    title: `ContrastiveCrop over ${over.title}`,
    paper: 'Peng et al., "Crafting better contrastive views for Siamese representation learning", CVPR 2022',
    source: `section 3; xyupeng/ContrastiveCrop; ${over.source}`,
    state: `${over.state}; boxes belong to the view source`,
    file: 'contrastive-crop.ts',
    defaults: { ...over.defaults, boxes: BOXES } as unknown as Omit<
      Options & ContrastiveCropSettings,
      'backbone'
    >,
    build: ({ boxes, ...own }, key) => ({ ...over.make(own as unknown as Given<Options>, key), name, boxes }),
  });
}

const BOXES: BoxPlan = { warmUpEpochs: 20, everyEpochs: 20, threshold: 0.1, alpha: 0.6 };

/** Whether boxes are made anew once `epochs` epochs have been done. */
export function renewsBoxes({ warmUpEpochs, everyEpochs }: BoxPlan, epochs: number): boolean {
  return epochs >= Math.max(1, warmUpEpochs) && (epochs - warmUpEpochs) % everyEpochs === 0;
}

/**
 * A box for each image of a set, from the maps of a network in evaluation mode: the channel sum of its last map, or, of a vision transformer, the
 * class token's attention in the last block, summed over heads.
 *
 * @param length - number of images
 * @param batchSize - images a forward pass
 * @param batch - normalised square images of a range [from, to), [n, H, W, 3]
 * @returns top, left, bottom, right of each image as shares; a box has at least one row and column, no heat gives the whole image
 *
 * Source: xyupeng/ContrastiveCrop and DanielShalam/BAM (update_box).
 */
export function contrastiveBoxes(
  backbone: Backbone,
  length: number,
  batchSize: number,
  batch: (from: number, to: number) => { readonly data: Float32Array; readonly shape: readonly number[] },
  { threshold }: Pick<BoxPlan, 'threshold'>,
): FractionBox[] {
  const boxes: FractionBox[] = [];
  for (let from = 0; from < length; from += batchSize) {
    const { data, shape } = batch(from, Math.min(from + batchSize, length));
    const [, height, width] = shape;
    const flat = tf.tidy(() => {
      const images = tf.tensor(data, [...shape]) as unknown as Tensor4D;
      if (!('attention' in backbone)) {
        const map = backbone.featureMap(images, 'eval') as Tensor4D;
        return channelSumCamBox(map, [height, width], { threshold }).boxes.dataSync();
      }
      const attention = (backbone as Vit).attention(images);
      const side = Math.round(Math.sqrt(attention.shape[3] - 1));
      return attentionBox(attention, [side, side], height / side, { threshold }).boxes.dataSync();
    });
    for (let row = 0; row < flat.length; row += 4) {
      const [top, left, bottom, right] = flat.subarray(row, row + 4);
      boxes.push([top, left, Math.max(bottom, top + 1 / height), Math.max(right, left + 1 / width)]);
    }
  }
  return boxes;
}
