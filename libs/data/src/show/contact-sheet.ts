import type { Image } from '../image-set.ts';

/**
 * Images side by side on white, each fitted into a square cell with its shape kept (nearest pixels when enlarging, means when reducing).
 *
 * @param cell - side of a cell in pixels
 * @param columns - cells in a row
 * @throws RangeError for an empty list or sizes that are no positive integers
 */
export function contactSheet(images: readonly Image[], cell: number, columns: number): Image {
  if (images.length === 0) throw new RangeError('contactSheet: images must not be empty.');
  if (!(Number.isInteger(cell) && Number.isInteger(columns) && cell > 0 && columns > 0)) {
    throw new RangeError(
      `contactSheet: cell and columns must be positive integers, got ${cell}, ${columns}.`,
    );
  }
  const across = Math.min(columns, images.length);
  const gap = 1;
  const width = across * (cell + gap) + gap;
  const height = Math.ceil(images.length / across) * (cell + gap) + gap;
  const data = new Uint8Array(height * width * 3).fill(255);
  for (const [place, image] of images.entries()) {
    const scale = cell / Math.max(image.height, image.width);
    const [rows, cols] = [image.height, image.width].map((side) => Math.max(1, Math.round(side * scale)));
    const top = gap + Math.floor(place / across) * (cell + gap) + Math.floor((cell - rows) / 2);
    const left = gap + (place % across) * (cell + gap) + Math.floor((cell - cols) / 2);
    for (let y = 0; y < rows; y++) {
      for (let x = 0; x < cols; x++) {
        const to = ((top + y) * width + left + x) * 3;
        for (let channel = 0; channel < 3; channel++)
          data[to + channel] = mean(image, y, x, rows, cols, channel);
      }
    }
  }
  return { data, height, width, channels: 3 };
}

/** Mean of the source pixels below one pixel of the cell; one pixel where the image is enlarged. */
function mean(image: Image, y: number, x: number, rows: number, columns: number, channel: number): number {
  const [top, bottom] = range(y, rows, image.height);
  const [left, right] = range(x, columns, image.width);
  let sum = 0;
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++)
      sum += image.data[(row * image.width + column) * 3 + channel];
  }
  return Math.round(sum / ((bottom - top) * (right - left)));
}

function range(place: number, places: number, length: number): [number, number] {
  const from = Math.floor((place * length) / places);
  return [from, Math.max(from + 1, Math.floor(((place + 1) * length) / places))];
}
