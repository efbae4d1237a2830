import { crc32, inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { estimateSaliency } from './estimate-saliency.ts';
import { showMaps } from './show-maps.ts';
import { disc, discMask } from './testing/pictures.ts';

describe('showMaps', () => {
  const image = disc(40, 30);
  const map = estimateSaliency(image, 'rbd');
  const shown = showMaps(image, { rbd: map, '<mask>': discMask(40, 30) });
  it('has PNG files of the image and of grey maps, with sound checksums', () => {
    const rgb = pixels(shown.png('image'));
    expect([rgb.width, rgb.height]).toEqual([40, 30]);
    expect(rgb.data).toEqual([...image.data]);
    expect(pixels(shown.png('rbd')).data).toEqual([...map.data].map((value) => Math.round(255 * value)));
  });
  it('shows itself in a notebook, with every name below its picture', () => {
    const display = (shown as unknown as Record<symbol, () => Record<string, string>>)[
      Symbol.for('Jupyter.display')
    ]();
    expect(display['text/plain']).toBe('image, rbd, <mask>');
    expect(display['text/html'].match(/<img /g)).toHaveLength(3);
    expect(display['text/html']).toContain('<figcaption>&lt;mask></figcaption>');
  });
  it('refuses names and maps that are none', () => {
    expect(() => shown.png('gs')).toThrow('no picture gs; there are image, rbd, <mask>');
    expect(() => showMaps(image, { rbd: { ...map, width: 3 } })).toThrow('showMaps: rbd: a 3 x 30 map');
    expect(() => showMaps(image, {}, { width: 0 })).toThrow('width must lie in [1, 4096]');
  });
});

/** The pixels of a PNG whose rows are unfiltered. */
function pixels(png: Uint8Array): { width: number; height: number; data: number[] } {
  const file = Buffer.from(png);
  const [width, height] = [file.readUInt32BE(16), file.readUInt32BE(20)];
  const length = file.readUInt32BE(33); // behind the signature and the header comes the data chunk
  expect(file.readUInt32BE(41 + length)).toBe(crc32(file.subarray(37, 41 + length)));
  const rows = inflateSync(file.subarray(41, 41 + length));
  const stride = rows.length / height;
  return { width, height, data: [...rows].filter((_, at) => at % stride > 0) };
}
