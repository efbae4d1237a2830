import type { ByteImage } from '@fovea/augment';
import sharp from 'sharp';

const GAP = 2;

/**
 * A PNG of pictures in rows, each `scale` times its size; smaller pictures stand in the upper left corner of their cell.
 *
 * @throws RangeError when there is no picture
 */
export async function pictureGrid(rows: readonly (readonly ByteImage[])[], scale = 2): Promise<Buffer> {
  const all = rows.flat();
  if (all.length === 0) throw new RangeError('pictureGrid: needs at least one picture.');
  const cell = Math.max(...all.flatMap(({ height, width }) => [height, width]));
  const width = Math.max(...rows.map((row) => row.length)) * (cell + GAP) - GAP;
  const height = rows.length * (cell + GAP) - GAP;
  const pixels = new Uint8Array(width * height * 3).fill(255);
  rows.forEach((row, y) => {
    row.forEach((picture, x) => {
      for (let line = 0; line < picture.height; line++) {
        const from = line * picture.width * 3;
        const to = ((y * (cell + GAP) + line) * width + x * (cell + GAP)) * 3;
        pixels.set(picture.data.subarray(from, from + picture.width * 3), to);
      }
    });
  });
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .resize(width * scale, height * scale, { kernel: 'nearest' })
    .png()
    .toBuffer();
}

/** A map or mask as a grey picture, white where it is 1; bytes mean value / 255. */
export function mapPicture(map: Uint8Array | Float32Array, height: number, width: number): ByteImage {
  const scale = map instanceof Uint8Array ? 1 : 255;
  const data = new Uint8Array(height * width * 3);
  map.forEach((value, at) => data.fill(Math.round(scale * value), at * 3, at * 3 + 3));
  return { data, height, width, channels: 3 };
}
