import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { resizedCrop } from '@fovea/augment';
import {
  imageSet,
  loadImagenette,
  loadImages,
  loadPacked,
  type Image,
  type ImageSet,
  type StreamedSet,
} from '@fovea/data';
import { digestJson } from '@fovea/files';
import { balancedRows } from './balanced-rows.ts';
import type { DataConfig, RunConfig } from './run-config.ts';
import { digests, type RunData } from './run-data.ts';
import { userFolder } from './user-folder.ts';

/** Images in memory at their full size at a time. */
const DECODED = 256;

/** Imagenette from the user's folder; of every image the central square, resized with antialiasing. */
export async function imagenetteData(
  { side, trainImages, labelledImages, testImages }: DataConfig & { readonly name: 'imagenette' },
  evaluation: RunConfig['evaluation'],
): Promise<RunData> {
  const { fewLabels, fineTuning, backgrounds, grounding, segmentation, detection, transfer } = evaluation;
  if (backgrounds || grounding || segmentation !== null || detection !== null || transfer !== null) {
    throw new Error('loadRunData: imagenette is evaluated by kNN, linear heads and fine-tuning alone.');
  }
  const all = await squares(opened('train'), Math.max(trainImages, labelledImages), side);
  const test = await squares(opened('test'), testImages, side);
  const [train, labelled] = [trainImages, labelledImages].map((count) =>
    all.subset(balancedRows(all, count)),
  );
  const share = (percent: number): ImageSet =>
    labelled.subset(balancedRows(labelled, (percent / 100) * labelled.length));
  const few = fewLabels || fineTuning !== null ? { 1: share(1), 10: share(10) } : null;
  const named = { train, labelled, test, ...(few && { 'labelled 1 %': few[1], 'labelled 10 %': few[10] }) };
  const datasets = digests('imagenette', named);
  return { train, masks: null, labelled, few, test, variants: null, scenes: null, transfer: null, datasets };
}

function opened(split: 'train' | 'test'): StreamedSet {
  const folder = userFolder('imagenette');
  if (existsSync(join(folder, 'train'))) return loadImagenette(folder, split);
  return loadPacked(folder, { where: { split: split === 'test' ? 'val' : 'train' }, split });
}

/** The first images of every class in turn, each cut to its central square. */
async function squares(set: StreamedSet, count: number, side: number): Promise<ImageSet> {
  const { name, split, classes, labels, licence, citation } = set;
  const rows = balancedRows(set, count);
  const images = new Uint8Array(rows.length * side * side * 3);
  for (let from = 0; from < rows.length; from += DECODED) {
    const some = rows.slice(from, from + DECODED);
    const decoded = await loadImages(set, { indices: some });
    some.forEach((row, at) => {
      images.set(square(decoded.image(row), side), (from + at) * side * side * 3);
    });
  }
  return imageSet({
    name,
    split,
    classes,
    licence,
    citation,
    height: side,
    width: side,
    channels: 3,
    images,
    labels: Int32Array.from(rows, (row) => labels[row]),
    digest: digestJson({ of: set.digest, rows, side, cut: 'central square' }),
  });
}

function square(image: Image, side: number): Uint8Array {
  const length = Math.min(image.height, image.width);
  const [top, left] = [image.height, image.width].map((size) => Math.floor((size - length) / 2));
  const { data } = resizedCrop(image, { top, left, height: length, width: length }, [side, side]);
  return Uint8Array.from(data, (value) => Math.round(255 * value));
}
