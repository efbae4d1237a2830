export { tarEntries, type TarEntry } from './archive/tar-entries.ts';
export { npmPackageFiles, type FetchPackage, type NpmPackage } from './cache/npm-package.ts';
export { CIFAR10_CLASSES, cifar10Digest, loadCifar10, type Cifar10Options } from './datasets/cifar10.ts';
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
  SCENE_VARIANTS,
  type SceneRecipe,
  type SceneVariant,
} from './emoji-scenes/scene-recipe.ts';
export { type CifarBinaryOptions, loadCifarBinary } from './datasets/cifar-binary.ts';
export { type CocoOptions, loadCoco } from './datasets/coco.ts';
export { type DavisSequence, loadDavis } from './datasets/davis.ts';
export { type ImageFolderOptions, loadImageFolder } from './datasets/image-folder.ts';
export { type ImageListOptions, loadImageList } from './datasets/image-list.ts';
export { type ImageMaskOptions, loadImageMaskFolders } from './datasets/image-mask-folders.ts';
export { loadStl10 } from './datasets/stl10.ts';
export { loadVoc, VOC_CLASSES, type VocOptions } from './datasets/voc.ts';
export { decodeMask } from './decode-mask.ts';
export { type LoadedImages, loadImages, type LoadOptions } from './load-images.ts';
export { loadPacked, type PackedOptions, type ShardFault, verifyPacked } from './packed/load-packed.ts';
export type { Mask, ObjectBox, StreamedSet } from './streamed-set.ts';
export { labelSplit, validationSplit } from './splits/label-split.ts';
export { writeEmojiLists } from './emoji-scenes/write-emoji-lists.ts';
export { type DrawnSplits, drawSplits } from './splits/draw-splits.ts';
export { classTargets, LOW_SHOTS, lowShotTargets } from './splits/low-shot.ts';
export { writeSplits } from './splits/write-splits.ts';
export { type AnySet, CATALOGUE, type CatalogueEntry, openSet } from './catalogue.ts';
export { contactSheet } from './show/contact-sheet.ts';
export { encodeJpeg } from './show/encode-jpeg.ts';
export { encodePng } from './show/encode-png.ts';
export { encodeWebp } from './show/encode-webp.ts';
export { terminalImage } from './show/terminal-image.ts';
export { packImages } from './packed/pack-images.ts';
export { type CifarPythonOptions, loadCifarPython } from './datasets/cifar-python.ts';
export { packShards, type PackShardsOptions } from './packed/pack-shards.ts';
export { loadShards, type ShardedSet, type ShardOptions, type StoredImages } from './packed/load-shards.ts';
export type { ShardManifest } from './packed/shard-manifest.ts';
export { imageNet100Classes, type ImageNetOptions, loadImageNet } from './datasets/imagenet.ts';
export { loadImagenette } from './datasets/imagenette.ts';
export { type InaturalistOptions, loadInaturalist } from './datasets/inaturalist.ts';
