import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileSet } from '../files/file-set.ts';
import type { Split } from '../image-set.ts';
import type { StreamedSet } from '../streamed-set.ts';

/** Options of {@link loadInaturalist}. */
export interface InaturalistOptions {
  readonly name: string;
  readonly split: Split;
  /** The folder that the file names in the list are relative to. */
  readonly root: string;
}

/**
 * iNaturalist from its JSON lists (`train2018.json`, `val2018.json`, …): labels count the categories in order of their ids; images without an annotation have -1.
 *
 * @throws Error that says what to download, or names the annotation that refers to nothing
 *
 * Source: Van Horn et al., "The iNaturalist species classification and detection dataset" (CVPR 2018).
 */
export function loadInaturalist(list: string, options: InaturalistOptions): StreamedSet {
  const { name, split, root, ...unknown } = options;
  if (Object.keys(unknown).length > 0)
    throw new RangeError(`loadInaturalist: unknown option ${Object.keys(unknown).join()}.`);
  if (!existsSync(list)) {
    throw new Error(
      `loadInaturalist: ${list} does not exist. Download the images and the JSON lists of one year and give a list.`,
    );
  }
  const file = JSON.parse(readFileSync(list, 'utf8')) as InaturalistFile;
  const categories = [...file.categories].sort((a, b) => a.id - b.id);
  const labels = new Map(categories.map(({ id }, label) => [id, label]));
  const byImage = new Map(file.images.map(({ id }) => [id, -1]));
  for (const { image_id, category_id } of file.annotations ?? []) {
    const label = labels.get(category_id);
    if (label === undefined || !byImage.has(image_id)) {
      throw new Error(
        `loadInaturalist: ${list} has an annotation of image ${image_id}, category ${category_id}, which it does not list.`,
      );
    }
    byImage.set(image_id, label);
  }
  return fileSet({
    name,
    split,
    classes: categories.map((category) => category.name),
    images: file.images.map(({ id, file_name }) => ({
      name: file_name,
      path: join(root, file_name),
      label: byImage.get(id) ?? -1,
    })),
    masks: null,
    licence: 'each photographer’s licence; competition terms: non-commercial research and education',
    citation: 'Van Horn et al., "The iNaturalist species classification and detection dataset", CVPR 2018',
  });
}

interface InaturalistFile {
  readonly images: readonly { readonly id: number; readonly file_name: string }[];
  readonly annotations?: readonly { readonly image_id: number; readonly category_id: number }[];
  readonly categories: readonly { readonly id: number; readonly name: string }[];
}
