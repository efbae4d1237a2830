import {
  emojiScenes,
  loadCifar10,
  loadEmojiSprites,
  MANY_OBJECTS,
  photoBackgrounds,
  TEXTURE_BACKGROUNDS,
  type SceneBackgrounds,
  type SceneRecipe,
} from '@fovea/data';
import { digestJson } from '@fovea/files';
import { fold, key, Stream } from '@fovea/random';
import type { SampleSource } from './samples.ts';

const SIZE = 112;

/** One large object, and one to six of every size. */
const RECIPES: readonly SceneRecipe[] = [
  { ...MANY_OBJECTS, size: SIZE, objects: [1, 1], mainSize: [0.3, 0.95] },
  { ...MANY_OBJECTS, size: SIZE, objects: [1, 6], mainSize: [0.25, 0.6], otherSize: [0.12, 0.4] },
];

/**
 * EmojiScenes for training: drawn objects of the training split, every one of them salient, on textures, photographs of CIFAR-10 and mixtures of
 * the two. Four in ten scenes have their objects filled, in part or wholly, with a photograph, so that shape and contrast have to do.
 *
 * @param length - scenes before augmentation
 */
export async function emojiSamples(length: number, seed: number): Promise<SampleSource> {
  const sprites = await loadEmojiSprites('google');
  const photos = photoBackgrounds(await loadCifar10({ split: 'train', limit: 20_000 }));
  const sets = RECIPES.flatMap((recipe) =>
    [TEXTURE_BACKGROUNDS, blended(photos), blended(photos)].map((backgrounds) =>
      emojiScenes({ recipe, split: 'train', length, seed, sprites, backgrounds }),
    ),
  );
  const root = fold(key(seed), 'emoji-samples');
  return {
    name: 'emoji-scenes',
    digest: digestJson({ version: 1, scenes: sets.map(({ digest }) => digest) }),
    length,
    sample: (index) => {
      const own = fold(root, index);
      const draw = new Stream(own);
      const { image, instances } = sets[draw.integer(0, sets.length)].scene(index);
      const target = { data: instances.map((at) => (at > 0 ? 255 : 0)), width: SIZE, height: SIZE };
      if (draw.bernoulli(0.4)) {
        const share = draw.uniform(0.3, 1);
        const fill = photos.render(draw.integer(0, photos.kinds), SIZE, fold(own, 'fill'));
        for (let p = 0; p < instances.length; p++) {
          if (instances[p] === 0) continue;
          for (let c = 3 * p; c < 3 * p + 3; c++)
            image[c] = Math.round((1 - share) * image[c] + share * fill[c]);
        }
      }
      return { image: { data: image, width: SIZE, height: SIZE, channels: 3 }, target };
    },
  };
}

/** Photographs with up to six tenths of a texture over them: sharp detail that enlarged photographs lack. */
function blended(photos: SceneBackgrounds): SceneBackgrounds {
  return {
    kinds: photos.kinds,
    name: `${photos.name} blended with textures`,
    render: (kind, size, key) => {
      const draw = new Stream(fold(key, 'blend'));
      const share = draw.uniform(0, 0.6);
      const texture = TEXTURE_BACKGROUNDS.render(
        draw.integer(0, TEXTURE_BACKGROUNDS.kinds),
        size,
        fold(key, 'texture'),
      );
      return photos.render(kind, size, key).map((value, i) => (1 - share) * value + share * texture[i]);
    },
  };
}
