import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readSafetensors } from '@fovea/files';
import { describe, expect, it } from 'vitest';
import { disc, discMask, meansInAndOut, picture } from '../testing/pictures.ts';
import { learnedSaliency } from './learned-saliency.ts';

const file = fileURLToPath(new URL('../../weights/emoji-scenes.safetensors', import.meta.url));

describe('learnedSaliency', () => {
  const learned = learnedSaliency();
  it('finds an object with the weights of this library, in colour, grey and with alpha', () => {
    const image = disc();
    const grey = picture(96, 96, (c, r) => [image.data[3 * (96 * r + c)]]);
    const alpha = picture(96, 96, (c, r) => [...image.data.subarray(3 * (96 * r + c)).subarray(0, 3), 255]);
    for (const one of [image, grey, alpha]) {
      const map = learned.map(one);
      expect([map.width, map.height]).toEqual([96, 96]);
      const [inside, outside] = meansInAndOut(map, discMask());
      expect(inside).toBeGreaterThan(3 * outside);
    }
  });
  it('sees images at the size that its weights were trained at, which settings name with the digest of the file', () => {
    const { metadata } = readSafetensors(file);
    expect(learned.settings).toMatchObject({ size: Number(metadata.size) });
    expect(metadata).toMatchObject({ network: learned.network.name, pictures: 'emoji-scenes' });
    expect(statSync(file).size).toBeLessThan(4e6);
  });
  it('takes another size, and refuses what is none', () => {
    expect(
      learnedSaliency({ size: 32 })
        .map(disc())
        .data.every((value) => value >= 0 && value <= 1),
    ).toBe(true);
    expect(() => learnedSaliency({ size: 0 })).toThrow('learnedSaliency: size must lie in [1, 4096], got 0');
    expect(() => learnedSaliency({ weights: '/nowhere' })).toThrow('/nowhere');
    expect(() => learnedSaliency({ side: 3 } as object)).toThrow('no option side');
  });
});
