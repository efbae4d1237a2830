import type { LoadablePlanes } from '@fovea/augment';
import {
  emojiScenes,
  loadCifar10,
  loadEmojiSprites,
  ONE_OBJECT,
  photoBackgrounds,
  SCENE_VARIANTS,
  TEXTURE_BACKGROUNDS,
  type EmojiScenes,
  type EmojiSprites,
  type ImageSet,
  type RenderedScenes,
  type SceneBackgrounds,
  type SceneRecipe,
  type SceneVariant,
} from '@fovea/data';
import { balancedRows } from './balanced-rows.ts';
import type { DataConfig, RunConfig } from './run-config.ts';
import { digests, type RunData } from './run-data.ts';

type SceneConfig = DataConfig & { readonly name: 'emoji-scenes' };

const SEEDS = { train: 0, labelled: 1, test: 2, scenes: 3 };
const GROUNDING_SCENES = 500;

let sprites: Promise<EmojiSprites> | undefined;

/** Rendered EmojiScenes of a run. */
export async function sceneData(data: SceneConfig, evaluation: RunConfig['evaluation']): Promise<RunData> {
  const parts = await sceneParts(data, evaluation);
  const { transfer: other } = evaluation;
  const [train, labelled, test] = [parts.train, parts.labelled, parts.test].map((part) => part.render());
  const variants = evaluation.backgrounds ? mapVariants((variant) => parts[variant].render()) : null;
  const looked = Object.hasOwn(parts, 'scenes') ? parts.scenes.render() : null;
  const few =
    evaluation.fewLabels || evaluation.fineTuning !== null
      ? { 1: share(labelled, 0.01), 10: share(labelled, 0.1) }
      : null;
  if (other?.set === 'emoji-scenes')
    throw new Error('loadRunData: from emoji-scenes there is no transfer to emoji-scenes.');
  const transfer = other && {
    train: await loadCifar10({ split: 'train', limit: other.trainImages }),
    test: await loadCifar10({ split: 'test', limit: other.testImages }),
  };
  const named = {
    ...parts,
    ...(few && { 'labelled 1 %': few[1], 'labelled 10 %': few[10] }),
    ...(transfer && { 'transfer train': transfer.train, 'transfer test': transfer.test }),
  };
  return {
    train,
    masks: foregrounds(train),
    labelled,
    few,
    test,
    variants,
    scenes: looked,
    transfer,
    datasets: digests('emoji-scenes', named),
  };
}

/** Single objects on textures of every kind, none of them the class's own: what a network of photographs is transferred to. */
export async function singleObjects({
  trainImages,
  testImages,
}: NonNullable<RunConfig['evaluation']['transfer']>): Promise<{ train: ImageSet; test: ImageSet }> {
  sprites ??= loadEmojiSprites('google');
  const drawings = await sprites;
  const scenes = (length: number, seed: number): ImageSet =>
    emojiScenes({
      recipe: ONE_OBJECT,
      length,
      seed,
      split: 'train',
      sprites: drawings,
      backgrounds: TEXTURE_BACKGROUNDS,
    }).render();
  return { train: scenes(trainImages, SEEDS.labelled), test: scenes(testImages, SEEDS.test) };
}

/** The sets of scenes that a run renders, by part: their digests are known before a pixel is drawn. */
export async function sceneParts(
  data: SceneConfig,
  { backgrounds, grounding, segmentation, detection }: RunConfig['evaluation'],
): Promise<Record<string, EmojiScenes>> {
  sprites ??= loadEmojiSprites('google');
  const drawings = await sprites;
  const behind: SceneBackgrounds =
    data.backgrounds === 'textures'
      ? TEXTURE_BACKGROUNDS
      : photoBackgrounds(await loadCifar10({ split: 'train', limit: 10_000 }));
  const scenes = (recipe: SceneRecipe, length: number, seed: number): EmojiScenes =>
    emojiScenes({ recipe, length, seed, split: 'train', sprites: drawings, backgrounds: behind });
  const { pretraining, evaluation: single, trainImages, labelledImages, testImages } = data;
  const looks = grounding || segmentation !== null || detection !== null;
  return {
    train: scenes(pretraining, trainImages, SEEDS.train),
    labelled: scenes(single, labelledImages, SEEDS.labelled),
    test: scenes({ ...single, correlation: 0 }, testImages, SEEDS.test),
    ...(backgrounds && mapVariants((variant) => scenes({ ...single, variant }, testImages, SEEDS.test))),
    ...(looks && { scenes: scenes(pretraining, GROUNDING_SCENES, SEEDS.scenes) }),
  };
}

/** A value for every variant of the Backgrounds Challenge. */
export function mapVariants<T>(of: (variant: SceneVariant) => T): Record<SceneVariant, T> {
  return Object.fromEntries(SCENE_VARIANTS.map((variant) => [variant, of(variant)])) as Record<
    SceneVariant,
    T
  >;
}

/** All objects of each scene as bytes: 255 on an object. */
function foregrounds({ instances, height, width }: RenderedScenes): LoadablePlanes {
  return { planes: instances.map((instance) => (instance > 0 ? 255 : 0)), height, width };
}

/** A share of the labels, balanced: generated scenes have no order that could favour one. */
function share(set: ImageSet, of: number): ImageSet {
  return set.subset(balancedRows(set, of * set.length));
}
