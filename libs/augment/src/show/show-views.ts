import { type Box, type ByteImage, checkImage } from '../image.ts';
import { cropBoxes, type EdgeBox } from '../joint/crop-boxes.ts';
import { cropPlane } from '../joint/crop-plane.ts';
import type { ChannelStatistics } from '../ops/normalize.ts';
import { resizedCrop } from '../ops/resized-crop.ts';
import type { Plane, PlaneSource } from '../plane.ts';
import { checkKeys } from '../views/recipe.ts';
import type { ImageSource, ViewBatch } from '../views/render-batch.ts';
import { type Colour, drawBox } from './draw-box.ts';
import { drawMask } from './draw-mask.ts';
import { encodePng } from './encode-png.ts';
import { viewImage } from './view-image.ts';

/** Options of {@link showViews}. */
export interface ShowViewsOptions {
  /** Those that the recipe normalised with. */
  readonly statistics: ChannelStatistics;
  /** Boxes of objects in pixels of each image, by its index. */
  readonly boxes?: (index: number) => readonly EdgeBox[];
  /** Masks or maps, laid over image and views. */
  readonly masks?: PlaneSource;
  /** Side of a cell in pixels; default: 96. */
  readonly cell?: number;
  /** Rows that are shown at most; default: 8. */
  readonly rows?: number;
}

/** A picture of views that a notebook shows. */
export interface ShownViews {
  readonly image: ByteImage;
  /** The picture as a PNG file. */
  png(): Uint8Array;
}

/**
 * A grid of views for a notebook: one row an image; first the image itself with the crop of each view outlined in the view's colour, then the views under
 * a bar of that colour. Masks and boxes are drawn on both, moved along as the pixels were.
 *
 * @param source - where the views came from
 * @param indices - [B] those that the views were made for
 * @param views - of `makeViews` and its kin; several groups stand side by side
 * @throws RangeError for unknown options, or groups that do not belong to the indices
 *
 * @example
 * showViews(train, [0, 1], makeMultiCropViews(train, [0, 1], IMAGENET_DINO, key(0)), { statistics: IMAGENET_STATISTICS });
 */
export function showViews(
  source: ImageSource,
  indices: ArrayLike<number>,
  views: ViewBatch | readonly ViewBatch[],
  options: ShowViewsOptions,
): ShownViews {
  const { statistics, boxes, masks, cell = 96, rows = 8, ...unknown } = options;
  checkKeys(unknown, [], 'showViews: options');
  const groups = 'params' in views ? [views] : views;
  for (const [name, value] of Object.entries({ cell, rows })) {
    if (!(Number.isInteger(value) && value >= 1))
      throw new RangeError(`showViews: ${name} must be a positive integer, got ${value}.`);
  }
  for (const { shape } of groups) {
    if (shape[1] !== indices.length)
      throw new RangeError(`showViews: a group has ${shape[1]} images, indices ${indices.length}.`);
  }
  const all = groups.flatMap((group) => group.params.map((params, place) => ({ group, place, params })));
  const cells: ByteImage[] = [];
  for (let row = 0; row < Math.min(rows, indices.length); row++) {
    const index = indices[row];
    const whole = { crop: wholeOf(source.image(index)), flip: false };
    const paint = (image: ByteImage, params: { crop: Box; flip: boolean }): ByteImage => {
      const side = Math.max(image.height, image.width);
      const masked = masks === undefined ? image : drawMask(image, maskOf(image, masks.plane(index), params), MASK, 0.4);
      const large = fitted(masked, cell);
      const scale = cell / side;
      if (boxes === undefined) return large;
      const objects =
        image.height === image.width
          ? cropBoxes(boxes(index), params, cell).filter(({ visible }) => visible > 0).map(({ box }) => box)
          : boxes(index).map((box) => box.map((edge) => edge * scale) as unknown as EdgeBox);
      return objects.reduce((drawn, box) => drawBox(drawn, box, OBJECT), large);
    }; // prettier-ignore
    const original = source.image(index);
    const scale = cell / Math.max(original.height, original.width);
    const outlined = all.reduce(
      (drawn, { params }, view) => drawBox(drawn, edges(params[row].crop, scale), colourOf(view)),
      paint(original, whole),
    );
    cells.push(outlined);
    all.forEach(({ group, place, params }, view) => {
      cells.push(barred(paint(viewImage(group, place, row, statistics), params[row]), colourOf(view)));
    });
  }
  const image = grid(cells, cell, all.length + 1);
  const shown = {
    image,
    png: () => encodePng(image),
    [Symbol.for('Jupyter.display')]: () => ({
      'image/png': Buffer.from(encodePng(image)).toString('base64'),
      'text/plain': `${all.length} views of ${Math.min(rows, indices.length)} images`,
    }),
  };
  return shown;
}

/** The mask of the image itself, or what a view shows of it. */
function maskOf(
  image: ByteImage,
  plane: Plane,
  params: { readonly crop: Box; readonly flip: boolean },
): Plane {
  const { crop } = params;
  const whole = crop.height === image.height && crop.width === image.width && !params.flip;
  return whole && plane.height === image.height && plane.width === image.width
    ? plane
    : cropPlane(plane, params, image.height, 'area');
}

const MASK: Colour = [255, 0, 160];
const OBJECT: Colour = [255, 255, 255];

/** Ten colours that stay apart, for the views in turn. */
function colourOf(view: number): Colour {
  const colours: readonly Colour[] = [
    [230, 60, 50], [50, 120, 220], [60, 170, 80], [250, 170, 30], [150, 90, 200],
    [30, 180, 190], [240, 110, 170], [140, 100, 60], [130, 130, 130], [180, 200, 40],
  ]; // prettier-ignore
  return colours[view % colours.length];
}

function wholeOf({ height, width }: ByteImage): Box {
  return { top: 0, left: 0, height, width };
}

function edges({ top, left, height, width }: Box, scale: number): EdgeBox {
  return [left * scale, top * scale, (left + width) * scale, (top + height) * scale];
}

/** The image enlarged or shrunk so that its longer side fills the cell, on white. */
function fitted(image: ByteImage, cell: number): ByteImage {
  checkImage(image, 'showViews');
  const scale = cell / Math.max(image.height, image.width);
  const [height, width] = [image.height, image.width].map((side) => Math.max(1, Math.round(side * scale)));
  const { data } = resizedCrop(image, wholeOf(image), [height, width]);
  const out = new Uint8Array(cell * cell * 3).fill(255);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width * 3; x++) out[y * cell * 3 + x] = Math.round(data[y * width * 3 + x] * 255);
  }
  return { data: out, height: cell, width: cell, channels: 3 };
}

/** A bar of four pixels in the view's colour along the upper border. */
function barred(image: ByteImage, colour: Colour): ByteImage {
  const data = image.data.slice();
  for (let pixel = 0; pixel < image.width * Math.min(4, image.height); pixel++) data.set(colour, pixel * 3);
  return { ...image, data };
}

/** Cells row by row with two white pixels between them. */
function grid(cells: readonly ByteImage[], cell: number, columns: number): ByteImage {
  const step = cell + 2;
  const [height, width] = [Math.ceil(cells.length / columns) * step - 2, columns * step - 2];
  const data = new Uint8Array(height * width * 3).fill(255);
  cells.forEach((image, place) => {
    const [top, left] = [Math.floor(place / columns) * step, (place % columns) * step];
    for (let y = 0; y < cell; y++)
      data.set(image.data.subarray(y * cell * 3, (y + 1) * cell * 3), ((top + y) * width + left) * 3);
  });
  return { data, height, width, channels: 3 };
}
