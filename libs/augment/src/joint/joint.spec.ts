import { key } from '@fovea/random';
import { describe, expect, it } from 'vitest';
import { CIFAR_SIMCLR, cropBoxes, cropPlane, type Plane, sampleView } from '../index.ts';

const [recipe] = CIFAR_SIMCLR.views;

describe('cropPlane and cropBoxes', () => {
  it('move a rectangle alike: the box of the cropped mask is the cropped box', () => {
    for (let seed = 0; seed < 60; seed++) {
      const mask: Plane = { data: new Uint8Array(32 * 32), height: 32, width: 32 };
      const [x0, y0, x1, y1] = [6 + (seed % 7), 9, 22, 25 + (seed % 5)];
      for (let y = y0; y < y1; y++) (mask.data as Uint8Array).fill(1, y * 32 + x0, y * 32 + x1);
      const params = sampleView(recipe, 32, 32, key(seed));
      const size = 160; // so fine that nearest sampling shows edges to a fifth of a source pixel
      const seen = bounds(cropPlane(mask, params, size, 'nearest'));
      const [{ box, visible }] = cropBoxes([[x0, y0, x1, y1]], params, size);
      expect(visible > 0).toBe(seen !== undefined);
      seen?.forEach((edge, index) => {
        expect(Math.abs(edge - box[index])).toBeLessThanOrEqual(1);
      });
    }
  });
  it('keep all of a map when the crop is the whole image, mirrored or not', () => {
    const map: Plane = { data: Float32Array.of(0, 0.5, 1, 0.25), height: 2, width: 2 };
    const crop = { top: 0, left: 0, height: 2, width: 2 };
    expect([...cropPlane(map, { crop, flip: false }, 2, 'area').data]).toEqual([0, 0.5, 1, 0.25]);
    expect([...cropPlane(map, { crop, flip: true }, 2, 'nearest').data]).toEqual([0.5, 0, 0.25, 1]);
  });
  it('cut boxes at the border and say how much is left', () => {
    const crop = { top: 0, left: 8, height: 16, width: 16 };
    expect(cropBoxes([[0, 0, 16, 16]], { crop, flip: false }, 32)).toEqual([
      { box: [0, 0, 16, 32], visible: 0.5 },
    ]);
    expect(cropBoxes([[0, 0, 16, 16]], { crop, flip: true }, 32)).toEqual([
      { box: [16, 0, 32, 32], visible: 0.5 },
    ]);
    expect(cropBoxes([[0, 0, 4, 4]], { crop, flip: false }, 32)[0].visible).toBe(0);
    expect(() => cropBoxes([[4, 0, 4, 4]], { crop, flip: false }, 32)).toThrow('box 0 must have x0 < x1');
  });
});

function bounds({ data, width }: Plane): number[] | undefined {
  const on = [...data.keys()].filter((at) => data[at] > 0);
  if (on.length === 0) return undefined;
  const x = on.map((at) => at % width);
  const y = on.map((at) => Math.floor(at / width));
  const least = (values: number[]): number => values.reduce((a, b) => Math.min(a, b));
  const most = (values: number[]): number => values.reduce((a, b) => Math.max(a, b));
  return [least(x), least(y), most(x) + 1, most(y) + 1];
}
