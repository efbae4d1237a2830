import { join } from 'node:path';
import {
  CIFAR10_STATISTICS,
  drawBox,
  drawMask,
  makeCopyPasteViews,
  makeGuidedViews,
  makeMultiCropViews,
  RECIPES,
  showViews,
  type ViewsRecipe,
} from '@fovea/augment';
import {
  contactSheet,
  emojiScenes,
  encodeWebp,
  type Image,
  loadCifar10,
  loadEmojiSprites,
  MANY_OBJECTS,
  ONE_OBJECT,
  photoBackgrounds,
  type RenderedScenes,
  SCENE_VARIANTS,
  type SceneRecipe,
  TEXTURE_BACKGROUNDS,
} from '@fovea/data';
import { workspaceRoot, writeFileAtomic } from '@fovea/files';
import { key } from '@fovea/random';

const CELL = 88;

/**
 * Draws the pictures of docs/data: each set that npm ships, each recipe, guided crops and copy-paste.
 *
 * @returns bytes by file name
 */
export async function writeDataPictures(folder = join(workspaceRoot(), 'docs/data')): Promise<Record<string, number>> {
  const cifar = await loadCifar10({ split: 'test', limit: 1000 });
  const sprites = { google: await loadEmojiSprites('google'), twitter: await loadEmojiSprites('twitter') };
  const scenes = (recipe: SceneRecipe, split: 'train' | 'test', length: number, style: 'google' | 'twitter' = 'google') =>
    emojiScenes({ recipe, split, length, seed: 5, sprites: sprites[style], backgrounds: TEXTURE_BACKGROUNDS });
  const many = (size: number, length: number): RenderedScenes =>
    emojiScenes({
      recipe: { ...MANY_OBJECTS, size },
      split: 'train',
      length,
      seed: 5,
      sprites: sprites.google,
      backgrounds: photoBackgrounds(cifar),
    }).render();
  const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
  const sheet = (images: readonly Image[], columns: number): Image => contactSheet(images, CELL, columns);
  const large: SceneRecipe = { ...ONE_OBJECT, size: 64 };
  const pictures = new Map<string, Image>();

  pictures.set('cifar10', sheet(range(24).map((index) => cifar.image(index)), 12));
  pictures.set(
    'emoji-scenes-one',
    sheet(
      [
        ...range(12).map((index) => scenes(large, 'train', 12).image(index)),
        ...range(12).map((index) => scenes(large, 'test', 12).image(index)),
        ...range(12).map((index) => scenes(large, 'test', 12, 'twitter').image(index)),
      ],
      12,
    ),
  );
  const annotated = many(128, 6);
  pictures.set(
    'emoji-scenes-many',
    contactSheet(
      [...range(6).map((index) => annotated.image(index)), ...range(6).map((index) => drawn(annotated, index))],
      112,
      6,
    ),
  );
  pictures.set(
    'emoji-scenes-variants',
    sheet(
      range(3).flatMap((index) =>
        SCENE_VARIANTS.map((variant) => scenes({ ...large, correlation: 1, variant }, 'test', 3).image(index)),
      ),
      8,
    ),
  );

  const source = many(224, 2);
  const planes = { length: source.length, plane: (index: number) => source.plane(index) };
  for (const recipe of RECIPES.values()) {
    const groups = makeMultiCropViews(source, [1], recipe, key(12));
    pictures.set(`recipe-${recipe.name}`, showViews(source, [1], groups, { statistics: statisticsOf(recipe), cell: CELL }).image);
  }
  const sgcl = RECIPES.get('coco-sgcl') as ViewsRecipe;
  const guide = { kind: 'maps', views: [2, 3, 4, 5, 6, 7], maps: planes } as const;
  const guided = makeGuidedViews(source, [1], sgcl, guide, key(12));
  const shown = { statistics: statisticsOf(sgcl), cell: CELL };
  pictures.set('guided-crops', showViews(source, [1], guided, { ...shown, masks: planes }).image);
  const weak = RECIPES.get('cifar-weak') as ViewsRecipe;
  const paste = { probability: 1, background: 'image', boundary: 1, minimumShare: 0 } as const;
  const single = scenes(large, 'train', 8).render();
  const pasted = makeCopyPasteViews(single, single, range(4), plain(weak), paste, key(1));
  pictures.set('copy-paste', showViews(single, range(4), pasted, { ...shown, statistics: CIFAR10_STATISTICS }).image);

  const written: Record<string, number> = {};
  for (const [name, image] of pictures) {
    const bytes = await encodeWebp(image, 70);
    writeFileAtomic(join(folder, `${name}.webp`), bytes);
    written[`${name}.webp`] = bytes.length;
  }
  return written;
} // prettier-ignore

function statisticsOf({ views: [{ normalize }] }: ViewsRecipe): ViewsRecipe['views'][number]['normalize'] {
  return normalize;
}

/** A scene with its instances tinted and its boxes outlined. */
function drawn(scenes: RenderedScenes, index: number): Image {
  const tinted = drawMask(scenes.image(index), scenes.plane(index), [255, 0, 160], 0.4);
  return scenes.objects[index].reduce<Image>(
    (image, { box }) => drawBox(image, box, [255, 255, 255]),
    tinted,
  );
}

/** Without colour changes and blur, so that what was pasted can be seen. */
function plain(recipe: ViewsRecipe): ViewsRecipe {
  return {
    ...recipe,
    views: recipe.views.map((view) => ({ ...view, size: 64, jitter: null, grayscale: 0, blur: null })),
  };
}
