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

const SIZE = 64;

/** One large object, and one to six of every size. */
const RECIPES: readonly SceneRecipe[] = [
  { ...MANY_OBJECTS, size: SIZE, objects: [1, 1], mainSize: [0.3, 0.95] },
  { ...MANY_OBJECTS, size: SIZE, objects: [1, 6], mainSize: [0.25, 0.6], otherSize: [0.12, 0.4] },
];

/**
 * EmojiScenes for training: drawn objects of the training split, every one of them salient, on textures, on photographs of CIFAR-10 with textures
 * over them, and on four photographs beside one another. Four in ten scenes have their objects filled, in part or wholly, with a photograph, so that shape and contrast have to do.
 *
 * @param length - scenes before augmentation
 */
export async function emojiSamples(length: number, seed: number): Promise<SampleSource> {
  const sprites = await loadEmojiSprites('google');
  const photos = photoBackgrounds(await loadCifar10({ split: 'train', limit: 20_000 }));
  const sets = RECIPES.flatMap((recipe) =>
    [TEXTURE_BACKGROUNDS, blended(photos), mosaic(photos)].map((backgrounds) =>
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

/** Four photographs that meet at a point near the middle: less enlarged, so sharper, and with edges that bound no object. */
function mosaic(photos: SceneBackgrounds): SceneBackgrounds {
  return {
    kinds: photos.kinds,
    name: `four of ${photos.name}`,
    render: (kind, size, key) => {
      const draw = new Stream(fold(key, 'mosaic'));
      const side = Math.ceil(0.7 * size);
      const [row, column] = [0, 1].map(() => draw.integer(size - side, side + 1));
      const tiles = Array.from({ length: 4 }, (_, tile) =>
        photos.render(tile === 0 ? kind : draw.integer(0, photos.kinds), side, fold(key, tile)),
      );
      const data = new Float32Array(size * size * 3);
      for (let y = 0; y < size; y++) {
        for (let x = 0; x < size; x++) {
          const [low, right] = [y >= row, x >= column];
          const from = 3 * ((low ? y - row : y) * side + (right ? x - column : x));
          data.set(tiles[Number(low) * 2 + Number(right)].subarray(from, from + 3), 3 * (y * size + x));
        }
      }
      return data;
    },
  };
}
