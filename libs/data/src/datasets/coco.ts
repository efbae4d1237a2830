import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileSet, type ListedImage } from '../files/file-set.ts';
import { drawPolygon, drawRunLengths, type RunLengths } from '../files/draw-region.ts';
import { checkIndex, type Mask, type ObjectBox, type StreamedSet } from '../streamed-set.ts';

/** Options of {@link loadCoco}. */
export interface CocoOptions {
  /** The annotation file, e.g. `annotations/instances_val2017.json`. */
  readonly annotations: string;
  /** The folder of its images, e.g. `val2017`. */
  readonly images: string;
  readonly name: string;
  readonly split: 'train' | 'test';
}

/**
 * COCO instances: boxes, classes and instance masks, drawn from polygons or run lengths when a mask is asked for; smaller objects lie over larger ones, crowds below.
 *
 * @throws Error that says what to download and where it must lie, or names the annotation that refers to nothing
 *
 * Source: Lin et al., "Microsoft COCO: common objects in context" (ECCV 2014).
 */
export function loadCoco(options: CocoOptions): StreamedSet {
  const { annotations, images: folder, name, split, ...unknown } = options;
  if (Object.keys(unknown).length > 0)
    throw new RangeError(`loadCoco: unknown option ${Object.keys(unknown).join()}.`);
  if (!existsSync(annotations)) {
    throw new Error(
      `loadCoco: ${annotations} does not exist. Download annotations_trainval2017.zip and the images of the same split from cocodataset.org.`,
    );
  }
  const file = JSON.parse(readFileSync(annotations, 'utf8')) as CocoFile;
  const labels = new Map(file.categories.map(({ id }, label) => [id, label]));
  const byImage = new Map<number, CocoAnnotation[]>(file.images.map(({ id }) => [id, []]));
  for (const annotation of file.annotations) {
    const list = byImage.get(annotation.image_id);
    if (list === undefined || !labels.has(annotation.category_id)) {
      throw new Error(
        `loadCoco: ${annotations} has an annotation (id ${annotation.id}) of image ${annotation.image_id}, category ${annotation.category_id}, which it does not list.`,
      );
    }
    list.push(annotation);
  }
  for (const list of byImage.values()) list.sort((a, b) => b.iscrowd - a.iscrowd || b.area - a.area);
  const images = file.images.map(({ id, file_name }): ListedImage => ({
    name: file_name,
    path: join(folder, file_name),
    label: -1,
    objects: (byImage.get(id) ?? []).map((annotation, place) => toObject(annotation, place, labels)),
  }));
  const set = fileSet({
    name,
    split,
    classes: file.categories.map((category) => category.name),
    images,
    masks: null,
    licence: 'annotations CC BY 4.0; photographs: Flickr terms, each photographer’s licence',
    citation: 'Lin et al., "Microsoft COCO: common objects in context", ECCV 2014',
  });
  const mask = (index: number): Promise<Mask> => {
    checkIndex(index, set);
    const { id, height, width } = file.images[index];
    const data = new Uint8Array(height * width);
    for (const [place, { segmentation }] of (byImage.get(id) ?? []).entries()) {
      const fill = { data, height, width, value: Math.min(255, place + 1) };
      if ('counts' in segmentation) drawRunLengths(segmentation, fill);
      else drawPolygon(segmentation, fill);
    }
    return Promise.resolve({ data, height, width });
  };
  return { ...set, mask };
}

interface CocoAnnotation {
  readonly id: number;
  readonly image_id: number;
  readonly category_id: number;
  readonly bbox: readonly [number, number, number, number];
  readonly area: number;
  readonly iscrowd: 0 | 1;
  readonly segmentation: readonly (readonly number[])[] | RunLengths;
}

interface CocoFile {
  readonly images: readonly {
    readonly id: number;
    readonly file_name: string;
    readonly height: number;
    readonly width: number;
  }[];
  readonly annotations: readonly CocoAnnotation[];
  readonly categories: readonly { readonly id: number; readonly name: string }[];
}

function toObject(
  { bbox, category_id, iscrowd }: CocoAnnotation,
  place: number,
  labels: ReadonlyMap<number, number>,
): ObjectBox {
  const [x, y, w, h] = bbox;
  return {
    box: [x, y, x + w, y + h],
    label: labels.get(category_id) ?? -1,
    instance: Math.min(255, place + 1),
    ignore: iscrowd === 1,
  };
}
