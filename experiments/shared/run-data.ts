import type { LoadablePlanes } from '@fovea/augment';
import type { ImageSet, RenderedScenes, SceneVariant, StreamedSet } from '@fovea/data';
import { digestJson } from '@fovea/files';
import { cifarData } from './cifar-data.ts';
import { imagenetteData } from './imagenette-data.ts';
import { photographData } from './photograph-data.ts';
import type { RunConfig } from './run-config.ts';
import { sceneData } from './scene-data.ts';

/** Images in memory, or decoded when asked for. */
export type RunImages = ImageSet | StreamedSet;

/** Images whose classes are known. */
export interface LabelledRun {
  readonly labelled: RunImages;
  /** Parts of the training labels by percentage. */
  readonly few: Readonly<Record<1 | 10, RunImages>> | null;
  readonly test: RunImages;
}

/** The images of a run. */
export interface RunData extends LabelledRun {
  /** Trained on without labels. */
  readonly train: RunImages;
  /** Exact foreground of each training image, where a set in memory has it. */
  readonly masks: LoadablePlanes | null;
  /** The test objects on other backgrounds, or without one. */
  readonly variants: Readonly<Record<SceneVariant, ImageSet>> | null;
  /** Scenes with several objects and masks, to see where a network looks and to train dense heads. */
  readonly scenes: RenderedScenes | null;
  /** Another set, to transfer to. */
  readonly transfer: { readonly train: ImageSet; readonly test: ImageSet } | null;
  /** What was loaded, by digest. */
  readonly datasets: readonly { readonly name: string; readonly digest: string }[];
}

const KEPT = 2; // arms of one experiment share their data; a second set is a notebook's few images
const loaded = new Map<string, Promise<RunData>>();

/**
 * Loads what a run needs; the first call of all fetches and decodes it. Runs of one process that need the same images share them, and the
 * last two sets stay in memory.
 */
export function loadRunData({ data, evaluation }: Pick<RunConfig, 'data' | 'evaluation'>): Promise<RunData> {
  const name = digestJson({ data, evaluation });
  const found = loaded.get(name) ?? load(data, evaluation);
  loaded.delete(name);
  loaded.set(name, found);
  found.catch(() => loaded.delete(name));
  for (const oldest of [...loaded.keys()].slice(0, -KEPT)) loaded.delete(oldest);
  return found;
}

function load(data: RunConfig['data'], evaluation: RunConfig['evaluation']): Promise<RunData> {
  switch (data.name) {
    case 'cifar10':
      return cifarData(data, evaluation);
    case 'emoji-scenes':
      return sceneData(data, evaluation);
    case 'imagenette':
      return imagenetteData(data, evaluation);
    case 'photographs':
      return photographData(data, evaluation);
  }
}

/** Whether images lie in memory. */
export function inMemory(images: RunImages): images is ImageSet {
  return 'images' in images;
}

/** The names and digests of the parts of a set. */
export function digests(
  set: string,
  parts: Readonly<Record<string, { readonly digest: string }>>,
): RunData['datasets'] {
  return Object.entries(parts).map(([part, { digest }]) => ({ name: `${set}/${part}`, digest }));
}
