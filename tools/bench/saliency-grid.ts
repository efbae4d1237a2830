import sharp from 'sharp';
import { writeFileAtomic } from '@fovea/files';
import type { Image, SaliencyMap } from '@fovea/saliency';

/** Side of a picture in the grid. */
const TILE = 112;

/** Image, mask and maps side by side. */
export async function strip(image: Image, mask: Uint8Array, maps: readonly SaliencyMap[]): Promise<Buffer> {
  const { width, height } = image;
  const grey = (values: ArrayLike<number>, scale: number) =>
    tile(Buffer.from(Uint8Array.from(values, (value) => Math.round(value * scale))), width, height, 1);
  const tiles = [
    await tile(Buffer.from(image.data), width, height, image.channels),
    await grey(mask, 255),
    ...(await Promise.all(maps.map((map) => grey(map.data, 255)))),
  ];
  return join2d(tiles, TILE, TILE, true);
}

function tile(data: Buffer, width: number, height: number, channels: number): Promise<Buffer> {
  const raw = { width, height, channels: channels as 1 | 3 };
  return sharp(data, { raw })
    .toColourspace('srgb')
    .resize(TILE, TILE, { fit: 'contain', background: '#444' })
    .png()
    .toBuffer();
}

/** Writes strips below one another as a PNG. */
export async function writeGrid(strips: readonly Buffer[], path: string, tiles: number): Promise<void> {
  writeFileAtomic(path, await join2d(strips, TILE * tiles, TILE, false));
}

function join2d(tiles: readonly Buffer[], width: number, height: number, across: boolean): Promise<Buffer> {
  const size = across ? { width: width * tiles.length, height } : { width, height: height * tiles.length };
  return sharp({ create: { ...size, channels: 3, background: '#444' } })
    .composite(
      tiles.map((input, i) => ({ input, left: across ? i * width : 0, top: across ? 0 : i * height })),
    )
    .png({ palette: !across })
    .toBuffer();
}
