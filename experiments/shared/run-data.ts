import type { LoadablePlanes } from '@fovea/augment';
import {
  emojiScenes,
  labelSplit,
  loadCifar10,
  loadEmojiSprites,
  photoBackgrounds,
  TEXTURE_BACKGROUNDS,
  type EmojiScenesOptions,
  type ImageSet,
  type RenderedScenes,
  type SceneRecipe,
} from '@fovea/data';
import type { BackgroundVariant } from '@fovea/eval';
import type { DataConfig, RunConfig } from './run-config.ts';

/** The images of a run. */
export interface RunData {
  /** Trained on without labels. */
  readonly train: ImageSet;
  /** Exact foreground of each training image, where the set has it. */
  readonly masks: LoadablePlanes | null;
  readonly labelled: ImageSet;
  /** Parts of the training labels by percentage. */
  readonly few: Readonly<Record<1 | 10, ImageSet>> | null;
  readonly test: ImageSet;
  /** The test objects on other backgrounds, or without one. */
  readonly variants: Readonly<Record<BackgroundVariant, ImageSet>> | null;
  /** Scenes with several objects and masks, to see where a network looks. */
  readonly scenes: RenderedScenes | null;
  /** What was loaded, by digest. */
  readonly datasets: readonly { readonly name: string; readonly digest: string }[];
}

/** Loads what a run needs; the first call of all fetches and decodes it. */
export function loadRunData({ data, evaluation }: Pick<RunConfig, 'data' | 'evaluation'>): Promise<RunData> {
  return data.name === 'cifar10' ? cifar10(data, evaluation) : scenes(data, evaluation);
}

async function cifar10(
  { trainImages, labelledImages, testImages }: DataConfig & { readonly name: 'cifar10' },
  { fewLabels, backgrounds, grounding }: RunConfig['evaluation'],
): Promise<RunData> {
  if (backgrounds || grounding) {
    throw new Error(
      'loadRunData: cifar10 has no masks and no background variants; set backgrounds and grounding to false.',
    );
  }
  const limit = fewLabels ? undefined : Math.max(trainImages, labelledImages);
  const all = await loadCifar10({ split: 'train', ...(limit !== undefined && { limit }) });
  const test = await loadCifar10({ split: 'test', limit: testImages });
  const train = first(all, trainImages);
  const labelled = first(all, labelledImages);
  const few = fewLabels
    ? { 1: all.subset(labelSplit('cifar10', 1, 0)), 10: all.subset(labelSplit('cifar10', 10, 0)) }
    : null;
  const named = { train, labelled, test, ...(few && { 'labelled 1 %': few[1], 'labelled 10 %': few[10] }) };
  return {
    train,
    masks: null,
    labelled,
    few,
    test,
    variants: null,
    scenes: null,
    datasets: digests('cifar10', named),
  };
}

const SCENE_SEEDS = { train: 0, labelled: 1, test: 2, scenes: 3 };
const GROUNDING_SCENES = 500;
const VARIANTS: readonly BackgroundVariant[] = [
  'original',
  'mixed-same',
  'mixed-rand',
  'mixed-next',
  'only-fg',
  'no-fg',
  'only-bg-b',
  'only-bg-t',
];

async function scenes(
  data: DataConfig & { readonly name: 'emoji-scenes' },
  { fewLabels, backgrounds, grounding }: RunConfig['evaluation'],
): Promise<RunData> {
  const sprites = await loadEmojiSprites('google');
  const behind =
    data.backgrounds === 'textures'
      ? TEXTURE_BACKGROUNDS
      : photoBackgrounds(await loadCifar10({ split: 'train', limit: 10_000 }));
  const render = (recipe: SceneRecipe, length: number, seed: number): RenderedScenes => {
    const options: EmojiScenesOptions = {
      recipe,
      length,
      seed,
      split: 'train',
      sprites,
      backgrounds: behind,
    };
    return emojiScenes(options).render();
  };
  const train = render(data.pretraining, data.trainImages, SCENE_SEEDS.train);
  const labelled = render(data.evaluation, data.labelledImages, SCENE_SEEDS.labelled);
  const test = render({ ...data.evaluation, correlation: 0 }, data.testImages, SCENE_SEEDS.test);
  const variants = backgrounds
    ? mapVariants((variant) => render({ ...data.evaluation, variant }, data.testImages, SCENE_SEEDS.test))
    : null;
  const looked = grounding ? render(data.pretraining, GROUNDING_SCENES, SCENE_SEEDS.scenes) : null;
  const few = fewLabels ? { 1: balanced(labelled, 0.01), 10: balanced(labelled, 0.1) } : null;
  const named = {
    train,
    labelled,
    test,
    ...variants,
    ...(looked && { scenes: looked }),
    ...(few && { 'labelled 1 %': few[1], 'labelled 10 %': few[10] }),
  };
  return {
    train,
    masks: foregrounds(train),
    labelled,
    few,
    test,
    variants,
    scenes: looked,
    datasets: digests('emoji-scenes', named),
  };
}

function mapVariants<T>(of: (variant: BackgroundVariant) => T): Record<BackgroundVariant, T> {
  return Object.fromEntries(VARIANTS.map((variant) => [variant, of(variant)])) as Record<
    BackgroundVariant,
    T
  >;
}

/** All objects of each scene as bytes: 255 on an object. */
function foregrounds({ instances, height, width }: RenderedScenes): LoadablePlanes {
  return { planes: instances.map((instance) => (instance > 0 ? 255 : 0)), height, width };
}

/** The first images of every class, as many of each: generated scenes have no order that could favour one. */
function balanced(set: ImageSet, share: number): ImageSet {
  const each = Math.max(1, Math.round((share * set.length) / set.classes.length));
  const taken = new Int32Array(set.classes.length);
  const rows = [...set.labels.keys()].filter((row) => taken[set.labels[row]]++ < each);
  return set.subset(rows);
}

function digests(set: string, parts: Readonly<Record<string, ImageSet>>): RunData['datasets'] {
  return Object.entries(parts).map(([part, { digest }]) => ({ name: `${set}/${part}`, digest }));
}

function first(images: ImageSet, count: number): ImageSet {
  if (count === images.length) return images;
  return images.subset(Int32Array.from({ length: count }, (_, index) => index));
}
