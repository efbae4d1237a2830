import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadCoco, loadImageFolder, loadImageList, loadVoc, type StreamedSet } from '@fovea/data';
import type { DataConfig, RunConfig } from './run-config.ts';
import { digests, type LabelledRun, type RunData } from './run-data.ts';
import { userFolder } from './user-folder.ts';

type PhotographConfig = DataConfig & { readonly name: 'photographs' };

/**
 * The user's photographs; nothing is decoded here.
 *
 * @throws Error that says how to name a folder that is missing, or what it lacks
 */
export function photographData(
  config: PhotographConfig,
  evaluation: RunConfig['evaluation'],
): Promise<RunData> {
  const { backgrounds, grounding, segmentation, detection, transfer } = evaluation;
  if (backgrounds || grounding || segmentation !== null || detection !== null || transfer !== null) {
    throw new Error('loadRunData: photographs are evaluated by kNN, linear heads and fine-tuning alone.');
  }
  return new Promise((resolve) => {
    const train = config.pretraining === 'imagenet' ? imageNet('train') : coco();
    const labelled = config.evaluation === 'imagenet' ? imageNetRun(evaluation) : voc07();
    const { few } = labelled;
    const named = {
      train,
      labelled: labelled.labelled,
      test: labelled.test,
      ...(few && { 'labelled 1 %': few[1], 'labelled 10 %': few[10] }),
    };
    const datasets = digests('photographs', named);
    resolve({ train, ...labelled, masks: null, variants: null, scenes: null, transfer: null, datasets });
  });
}

function imageNet(split: 'train' | 'val'): StreamedSet {
  return loadImageFolder(join(userFolder('imagenet'), split), {
    name: `imagenet-${split}`,
    split: split === 'train' ? 'train' : 'test',
    licence: 'ImageNet terms of access',
    citation: 'Deng et al., "ImageNet: a large-scale hierarchical image database", CVPR 2009',
  });
}

function imageNetRun({ fewLabels, fineTuning }: RunConfig['evaluation']): LabelledRun {
  const labelled = imageNet('train');
  const few =
    fewLabels || fineTuning !== null
      ? { 1: imageNetShare(1, labelled.classes), 10: imageNetShare(10, labelled.classes) }
      : null;
  return { labelled, few, test: imageNet('val') };
}

/** SimCLR's list of 1 % or 10 % of ImageNet's labels. */
function imageNetShare(percent: 1 | 10, classes: readonly string[]): StreamedSet {
  const folder = userFolder('imagenet');
  const list = join(folder, `${percent}percent.txt`);
  if (!existsSync(list)) {
    throw new Error(
      `${list} does not exist: take SimCLR's list of ${percent} % of ImageNet and lay it there.`,
    );
  }
  return loadImageList(list, {
    name: `imagenet-${percent}%`,
    split: 'train',
    root: join(folder, 'train'),
    classes,
  });
}

function coco(): StreamedSet {
  const folder = userFolder('coco');
  return loadCoco({
    annotations: join(folder, 'annotations', 'instances_train2017.json'),
    images: join(folder, 'train2017'),
    name: 'coco-train2017',
    split: 'train',
  });
}

function voc07(): LabelledRun {
  const folder = userFolder('voc');
  const part = (list: 'trainval' | 'test') => loadVoc(folder, { year: 2007, list, task: 'detection' });
  return { labelled: part('trainval'), few: null, test: part('test') };
}
