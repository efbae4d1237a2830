import { fold, type Key, Stream } from '@fovea/random';
import type { Box, ByteImage } from '../image.ts';
import { checkPlane, type Plane, type PlaneSource } from '../plane.ts';
import { resizedCrop } from '../ops/resized-crop.ts';
import { allViews } from '../views/make-views.ts';
import { checkKeys, type ViewsRecipe } from '../views/recipe.ts';
import { type BatchHooks, type ImageSource, renderBatch, type ViewBatch } from '../views/render-batch.ts';
import { inpaint } from './inpaint.ts';
import { pasteForeground } from './paste-foreground.ts';
import { softenPlane } from './soften-plane.ts';

/** How foregrounds are pasted. Every key is required. */
export interface CopyPasteRecipe {
  /** Of pasting, drawn for each view on its own. DiLo: 0.3; 1 destroys the representation. */
  readonly probability: number;
  /** One grey level per paste; another image of the set with its own foreground filled in; or a picture of another source (textures). */
  readonly background: 'grey' | 'image' | 'texture';
  /** Standard deviation in pixels of the image by which the mask's boundary is softened; 0: hard. */
  readonly boundary: number;
  /** A view whose crop has a smaller share of foreground is left as it is: it would show the background alone. */
  readonly minimumShare: number;
}

/** What one view was pasted on: a grey level, the index of an image, or nothing. */
export type Pasted = { readonly grey: number } | { readonly background: number } | null;

/** Views and what was pasted. */
export interface CopyPasteBatch extends ViewBatch {
  readonly pasted: readonly (readonly Pasted[])[]; // [V][B]
}

/**
 * {@link makeViews} where some views show the image's foreground on another background (DiLo).
 *
 * With probability p per view: `x' = m x + (1 - m) bg`, then crop, colour and the rest as without pasting, with the same draws. [RECON] in the order (paste, then crop)
 * and the filling of backgrounds (push-pull), which the published text leaves open.
 *
 * @param masks - foreground of each image, [H, W] of its size
 * @param textures - backgrounds, needed for `background: 'texture'` only; taken whole and resized
 * @throws RangeError as makeViews, for a mask of another size, or textures that are missing or not needed
 *
 * Source: Zhao et al., "Distilling Localization for self-supervised representation learning" (AAAI 2021), section 3.2.
 *
 * @example
 * const paste = { probability: 0.3, background: 'grey', boundary: 1, minimumShare: 0.05 } as const;
 * const { data, pasted } = makeCopyPasteViews(scenes, scenes.masks, [0, 1], CIFAR_WEAK, paste, key(0));
 */
export function makeCopyPasteViews(
  source: ImageSource,
  masks: PlaneSource,
  indices: ArrayLike<number>,
  recipe: ViewsRecipe,
  paste: CopyPasteRecipe,
  key: Key,
  options: { readonly textures?: ImageSource; readonly out?: Float32Array } = {},
): CopyPasteBatch {
  const { textures, out, ...unknown } = options;
  checkKeys(unknown, [], 'makeCopyPasteViews: options');
  const views = allViews(recipe, 'makeCopyPasteViews');
  const pasted: Pasted[][] = views.map(() => []);
  const prepare = pasteHook(source, masks, paste, textures, (view, what) => {
    pasted[view].push(what);
  });
  const batch = renderBatch('makeCopyPasteViews', source, indices, recipe, views, key, out, { prepare });
  return { ...batch, pasted };
}

/** Pastes before the crop; `report` is told what each view was pasted on. @throws RangeError for a malformed recipe, masks or textures */
export function pasteHook(
  source: ImageSource,
  masks: PlaneSource,
  paste: CopyPasteRecipe,
  textures: ImageSource | undefined,
  report: (view: number, what: Pasted) => void,
): NonNullable<BatchHooks['prepare']> {
  checkCopyPaste(paste, textures);
  return (image, index, view, params, viewKey) => {
    const draw = new Stream(fold(viewKey, PASTE));
    const mask = masks.plane(index);
    checkMask(mask, image, index);
    const wanted = draw.bernoulli(paste.probability) && share(mask, params.crop) >= paste.minimumShare;
    const what = wanted ? drawBackground(paste, draw, index, (textures ?? source).length) : null;
    report(view, what);
    if (what === null) return image;
    const background = 'grey' in what ? what.grey : render(what.background, image, source, masks, textures);
    return pasteForeground(image, softenPlane(mask, paste.boundary), background);
  };
}

const PASTE = 16; // beyond the labels of the view's own operations

function checkCopyPaste(paste: CopyPasteRecipe, textures: ImageSource | undefined): void {
  const caller = 'makeCopyPasteViews';
  checkKeys(paste, ['probability', 'background', 'boundary', 'minimumShare'], caller);
  if (!(paste.probability >= 0 && paste.probability <= 1)) {
    throw new RangeError(`${caller}: probability must be in [0, 1], got ${paste.probability}.`);
  }
  if (!(paste.minimumShare >= 0 && paste.minimumShare <= 1)) {
    throw new RangeError(`${caller}: minimumShare must be in [0, 1], got ${paste.minimumShare}.`);
  }
  if (!['grey', 'image', 'texture'].includes(paste.background)) {
    throw new RangeError(`${caller}: background must be grey, image or texture, got ${paste.background}.`);
  }
  if ((paste.background === 'texture') !== (textures !== undefined)) {
    throw new RangeError(`${caller}: textures must be given for background 'texture' and only then.`);
  }
}

function checkMask(mask: Plane, image: ByteImage, index: number): void {
  checkPlane(mask, `makeCopyPasteViews: mask ${index}`);
  if (mask.height !== image.height || mask.width !== image.width) {
    throw new RangeError(
      `makeCopyPasteViews: mask ${index} must be ${image.height} x ${image.width} as its image, got ${mask.height} x ${mask.width}.`,
    );
  }
}

function drawBackground(
  paste: CopyPasteRecipe,
  draw: Stream,
  index: number,
  length: number,
): Exclude<Pasted, null> {
  if (paste.background === 'grey') return { grey: draw.integer(0, 256) };
  if (paste.background === 'texture' || length === 1) return { background: draw.integer(0, length) };
  const other = draw.integer(0, length - 1); // never the image itself
  return { background: other < index ? other : other + 1 };
}

function render(
  index: number,
  image: ByteImage,
  source: ImageSource,
  masks: PlaneSource,
  textures: ImageSource | undefined,
): ByteImage {
  const other =
    textures === undefined ? inpaint(source.image(index), masks.plane(index)) : textures.image(index);
  const { height, width } = image;
  if (other.height === height && other.width === width) return other;
  const whole = { top: 0, left: 0, height: other.height, width: other.width };
  const { data } = resizedCrop(other, whole, [height, width]);
  return { ...image, data: Uint8Array.from(data, (value) => Math.round(value * 255)) };
}

/** Mean of the mask inside a crop. */
function share(mask: Plane, { top, left, height, width }: Box): number {
  let sum = 0;
  for (let y = top; y < top + height; y++) {
    for (let x = left; x < left + width; x++) sum += mask.data[y * mask.width + x];
  }
  return sum / (height * width * (mask.data instanceof Uint8Array ? 255 : 1));
}
