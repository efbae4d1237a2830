import { cifar10Digest, imageSet, labelSplit, loadCifar10, type ImageSet } from '@fovea/data';
import type { DataConfig, RunConfig } from './run-config.ts';
import { digests, type RunData } from './run-data.ts';
import { singleObjects } from './scene-data.ts';

/** CIFAR-10: the first images of each split, and the committed 1 % and 10 % lists. */
export async function cifarData(
  { trainImages, labelledImages, testImages }: DataConfig & { readonly name: 'cifar10' },
  {
    fewLabels,
    fineTuning,
    backgrounds,
    grounding,
    segmentation,
    detection,
    transfer,
  }: RunConfig['evaluation'],
): Promise<RunData> {
  if (backgrounds || grounding || segmentation !== null || detection !== null) {
    throw new Error(
      'loadRunData: cifar10 has no masks, boxes or background variants; leave out backgrounds, grounding, segmentation and detection.',
    );
  }
  if (transfer?.set === 'cifar10')
    throw new Error('loadRunData: from cifar10 there is no transfer to cifar10.');
  const withFew = fewLabels || fineTuning !== null;
  const limit = withFew ? undefined : Math.max(trainImages, labelledImages);
  const all = await loadCifar10({ split: 'train', ...(limit !== undefined && { limit }) });
  const test = await loadCifar10({ split: 'test', limit: testImages });
  const train = first(all, trainImages);
  const labelled = first(all, labelledImages);
  const few = withFew
    ? { 1: all.subset(labelSplit('cifar10', 1, 0)), 10: all.subset(labelSplit('cifar10', 10, 0)) }
    : null;
  const other = transfer && (await singleObjects(transfer));
  const named = {
    train,
    labelled,
    test,
    ...(few && { 'labelled 1 %': few[1], 'labelled 10 %': few[10] }),
    ...(other && { 'transfer train': other.train, 'transfer test': other.test }),
  };
  return {
    train,
    masks: null,
    labelled,
    few,
    test,
    variants: null,
    scenes: null,
    transfer: other,
    datasets: digests('cifar10', named),
  };
}

/** The first training images, under the digest that they have alone. */
function first(train: ImageSet, count: number): ImageSet {
  const images = train.images.subarray(0, train.height * train.width * train.channels * count);
  const labels = train.labels.subarray(0, count);
  return imageSet({ ...train, images, labels, digest: cifar10Digest('train', count) });
}
