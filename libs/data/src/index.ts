export { tarEntries, type TarEntry } from './archive/tar-entries.ts';
export { npmPackageFiles, type FetchPackage, type NpmPackage } from './cache/npm-package.ts';
export { CIFAR10_CLASSES, loadCifar10, type Cifar10Options } from './datasets/cifar10.ts';
export { decodeRgb, type DecodeExpectation } from './decode-rgb.ts';
export { imageSet, type Image, type ImageSet, type ImageSetFields, type Split } from './image-set.ts';
export { EMOJI_CLASSES, type EmojiClass } from './emoji-scenes/emoji-classes.ts';
export type { EmojiStyle } from './emoji-scenes/emoji-packages.ts';
export {
  emojiScenes,
  type EmojiScenes,
  type EmojiScenesOptions,
  type RenderedScenes,
} from './emoji-scenes/emoji-scenes.ts';
export { type EmojiSprites, loadEmojiSprites } from './emoji-scenes/load-emoji-sprites.ts';
export type { Scene, SceneObject } from './emoji-scenes/render-scene.ts';
export {
  photoBackgrounds,
  type SceneBackgrounds,
  TEXTURE_BACKGROUNDS,
} from './emoji-scenes/scene-backgrounds.ts';
export {
  MANY_OBJECTS,
  ONE_OBJECT,
  type SceneRecipe,
  type SceneVariant,
} from './emoji-scenes/scene-recipe.ts';
