import { crc32, deflateSync } from 'node:zlib';
import { checkMap, rgbBytes, type Image, type Mask, type SaliencyMap } from './image.ts';
import { checkRange, withDefaults } from './options.ts';

/** Options of {@link showMaps}. */
export interface ShowMapsOptions {
  /** Width of a picture in pixels, as it is shown. */
  width: number;
}

/** Pictures that a notebook shows. */
export interface ShownMaps {
  /** Names in order, the image first. */
  readonly names: readonly string[];
  /** A picture as a PNG file. @throws Error for a name that is not one of `names` */
  png(name: string): Uint8Array;
  /** The pictures with their names below, as HTML that holds everything. */
  readonly html: string;
}

/**
 * An image and its maps and masks beside one another, for a notebook: the value shows itself.
 *
 * Maps are grey, 0 black and 1 white; values outside of [0, 1] are cut.
 *
 * @param maps - maps and masks of any size by name
 * @throws Error for what is no image or map
 *
 * @example
 * showMaps(image, { rbd: estimateSaliency(image, 'rbd'), learned: learnedSaliency().map(image) });
 */
export function showMaps(
  image: Image,
  maps: Readonly<Record<string, SaliencyMap | Mask>>,
  options?: Partial<ShowMapsOptions>,
): ShownMaps {
  const { width } = withDefaults(options, { width: 128 }, 'showMaps');
  checkRange(width, 1, 4096, 'showMaps: width');
  const pictures = new Map<string, Uint8Array>([
    ['image', encodePng(rgbBytes(image, 'showMaps'), image.width, image.height, 3)],
  ]);
  for (const [name, map] of Object.entries(maps)) {
    checkMap(map, `showMaps: ${name}`);
    const grey = Uint8Array.from(map.data, (value) => Math.round(255 * Math.min(1, Math.max(0, value))));
    pictures.set(name, encodePng(grey, map.width, map.height, 1));
  }
  const figures = [...pictures].map(
    ([name, png]) =>
      `<figure style="display:inline-block;margin:2px;text-align:center"><img width="${width}" alt="${escape(name)}" ` +
      `src="data:image/png;base64,${Buffer.from(png).toString('base64')}"><figcaption>${escape(name)}</figcaption></figure>`,
  );
  const names = [...pictures.keys()];
  const html = `<div>${figures.join('')}</div>`;
  const shown = {
    names,
    html,
    png: (name: string): Uint8Array => {
      const png = pictures.get(name);
      if (!png) throw new Error(`showMaps: no picture ${name}; there are ${names.join(', ')}.`);
      return png;
    },
    [Symbol.for('Jupyter.display')]: () => ({ 'text/html': html, 'text/plain': names.join(', ') }),
  };
  return shown;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

/** A PNG file of 8-bit grey (one channel) or RGB (three). */
function encodePng(data: ArrayLike<number>, width: number, height: number, channels: 1 | 3): Uint8Array {
  const stride = width * channels;
  const rows = Buffer.alloc(height * (stride + 1)); // each row begins with its filter, 0
  for (let y = 0; y < height; y++)
    for (let x = 0; x < stride; x++) rows[y * (stride + 1) + 1 + x] = data[y * stride + x];
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, channels === 1 ? 0 : 2, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}
