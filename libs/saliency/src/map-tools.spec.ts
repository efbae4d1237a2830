import { key } from '@fovea/random';
import { describe, expect, it } from 'vitest';
import { attentionKeepMass } from './attention-keep-mass.ts';
import { binarise } from './binarise.ts';
import { cropProposals } from './crop-proposals.ts';
import { cutOut } from './cut-out.ts';
import { guidedFilter } from './guided-filter.ts';
import { inpaintBackground } from './inpaint-background.ts';
import type { SaliencyMap } from './image.ts';
import { largestComponentBox } from './largest-component-box.ts';
import { otsu } from './otsu.ts';
import { resizeMap } from './resize-map.ts';
import { rgbToLab } from './rgb-to-lab.ts';
import { disc, discMask, mapOf, picture } from './testing/pictures.ts';

describe('otsu', () => {
  it('splits two clusters at the upper end of the lower one, its middle in the gap', () => {
    expect(otsu(Uint8Array.of(10, 12, 200, 210))).toEqual({ threshold: 12, middle: 105.5 });
  });
  it('leaves no foreground in a constant image', () => {
    expect(otsu(Uint8Array.of(7, 7, 7))).toEqual({ threshold: 7, middle: 7 });
  });
  it('refuses nothing at all', () => {
    expect(() => otsu(new Uint8Array(0))).toThrow('otsu: levels must hold at least one level');
  });
});

describe('rgbToLab', () => {
  it('gives white L = 100 and black L = 0 without colour', () => {
    const [L, a, b, ...black] = rgbToLab([255, 255, 255, 0, 0, 0]);
    expect(L).toBeCloseTo(100, 4);
    expect(Math.hypot(a, b)).toBeLessThan(0.02);
    expect(Math.hypot(...black)).toBeLessThan(1e-4);
  });
  it('refuses half a colour', () => {
    expect(() => rgbToLab([1, 2])).toThrow('three numbers a colour, got 2');
  });
});

describe('binarise', () => {
  const map = mapOf([[0, 0.1, 0.2, 0.9]]);
  it('keeps what each rule says', () => {
    expect([...binarise(map, { kind: 'fixed', threshold: 0.15 }).data]).toEqual([0, 0, 1, 1]);
    expect([...binarise(map, { kind: 'otsu' }).data]).toEqual([0, 0, 0, 1]);
    expect([...binarise(map, { kind: 'adaptive' }).data]).toEqual([0, 0, 0, 1]);
    expect([...binarise(map, { kind: 'adaptive', factor: 0.5 }).data]).toEqual([0, 0, 1, 1]);
    expect([...binarise(map, { kind: 'mass', keep: 0.8 }).data]).toEqual([0, 0, 1, 1]);
  });
  it('finds nothing in an all-zero map', () => {
    const rules = [{ kind: 'otsu' }, { kind: 'adaptive' }, { kind: 'mass', keep: 0.6 }] as const;
    for (const rule of rules) expect([...binarise(mapOf([[0, 0]]), rule).data]).toEqual([0, 0]);
  });
  it('refuses a rule that does not exist', () => {
    expect(() => binarise(map, { kind: 'best' } as never)).toThrow('no rule best; there are fixed, otsu');
  });
});

describe('attentionKeepMass', () => {
  it('keeps nothing of nothing and everything of everything', () => {
    expect([...attentionKeepMass(Float32Array.of(1, 2, 3), 1, 0)]).toEqual([0, 0, 0]);
    expect([...attentionKeepMass(Float32Array.of(1, 2, 3), 1, 1)]).toEqual([1, 1, 1]);
  });
  it('refuses negative mass and rows that do not fit', () => {
    expect(() => attentionKeepMass(Float32Array.of(1, -1), 1, 0.5)).toThrow('got -1 at 1');
    expect(() => attentionKeepMass(Float32Array.of(1, 1), 3, 0.5)).toThrow('2 entries do not make 3 rows');
  });
});

describe('largestComponentBox', () => {
  it('has no box where nothing exceeds the threshold', () => {
    expect(largestComponentBox(mapOf([[0, 0.5]]))).toEqual({ box: null, area: 0, components: 0 });
  });
  it('joins corners only with 8-connectivity', () => {
    const map = mapOf([
      [1, 0],
      [0, 1],
    ]);
    expect(largestComponentBox(map)).toEqual({ box: [0, 0, 1, 1], area: 2, components: 1 });
    expect(largestComponentBox(map, { connectivity: 4 })).toEqual({
      box: [0, 0, 0, 0],
      area: 1,
      components: 2,
    });
  });
});

describe('resizeMap', () => {
  it('keeps the mean when it shrinks, whatever the ratio', () => {
    const map = { data: Float32Array.from({ length: 77 }, (_, i) => (i * 37) % 11), width: 11, height: 7 };
    const mean = (data: Float32Array) => data.reduce((sum, value) => sum + value, 0) / data.length;
    expect(mean(resizeMap(map, 4, 3).data)).toBeCloseTo(mean(map.data), 5);
  });
  it('is bilinear with half-pixel centres when it grows', () => {
    expect([...resizeMap(mapOf([[0, 1]]), 4, 1).data]).toEqual([0, 0.25, 0.75, 1]);
  });
});

describe('guidedFilter', () => {
  it('leaves a constant map as it is', () => {
    const map = { data: new Float32Array(96 * 96).fill(0.25), width: 96, height: 96 };
    guidedFilter(map, disc()).data.forEach((value) => expect(value).toBeCloseTo(0.25, 6));
  });
  it('pulls a shifted mask towards the edges of the image', () => {
    const truth = discMask();
    const shifted = { ...truth, data: Float32Array.from(truth.data, (_, p) => truth.data[p - 4] ?? 0) };
    const wrong = (map: SaliencyMap) =>
      binarise(map, { kind: 'fixed', threshold: 0.5 }).data.filter((value, p) => value !== truth.data[p])
        .length;
    const refined = guidedFilter(shifted, disc(), { radius: 10, epsilon: 1e-4 });
    expect(wrong(refined)).toBeLessThan(wrong(shifted));
  });
  it('refuses a map of another size', () => {
    expect(() => guidedFilter(mapOf([[0]]), disc())).toThrow(
      'a map of 1 x 1 does not fit an image of 96 x 96',
    );
  });
});

describe('cropProposals', () => {
  const map = { data: Float32Array.from(discMask().data), width: 96, height: 96 };
  it('lie inside the image, have the sizes asked for, and are the same for the same key', () => {
    const crops = cropProposals(map, 200, key(4));
    expect(cropProposals(map, 200, key(4))).toEqual(crops);
    for (const { left, top, width, height, score } of crops) {
      expect(left >= 0 && top >= 0 && left + width <= 96 && top + height <= 96).toBe(true);
      expect((width * height) / (96 * 96)).toBeGreaterThan(0.04);
      expect((width * height) / (96 * 96)).toBeLessThan(0.43);
      expect(score >= 0 && score <= 1 + 1e-6).toBe(true);
    }
  });
  it('have their centres on what is salient, and anywhere on an empty map', () => {
    const small = { scale: [0.01, 0.01], ratio: [1, 1] } as const;
    const centres = cropProposals(map, 100, key(5), small).map((c) => [
      c.left + c.width / 2,
      c.top + c.height / 2,
    ]);
    for (const [x, y] of centres) expect(Math.hypot(x - 48, y - 48)).toBeLessThan(26);
    const empty = { ...map, data: new Float32Array(96 * 96) };
    const left = cropProposals(empty, 100, key(5), small).map((c) => c.left);
    expect(Math.max(...left) - Math.min(...left)).toBeGreaterThan(70);
  });
});

describe('cutOut', () => {
  it('has the mask as a hard alpha without feather, a soft one with', () => {
    const hard = cutOut(disc(), discMask(), { feather: 0 });
    expect(hard.channels).toBe(4);
    expect([...discMask().data].every((value, p) => hard.data[4 * p + 3] === 255 * value)).toBe(true);
    const levels = new Set(cutOut(disc(), discMask()).data.filter((_, i) => i % 4 === 3));
    expect(levels.size).toBeGreaterThan(10);
  });
});

describe('inpaintBackground', () => {
  it('paints over the object and leaves all else byte for byte', () => {
    const image = disc();
    const background = inpaintBackground(image, discMask());
    expect([...background.data.subarray(0, 300)]).toEqual([...image.data.subarray(0, 300)]);
    const [r, g] = background.data.subarray(3 * (48 * 96 + 48));
    expect(r).toBeLessThan(70);
    expect(g).toBeGreaterThan(100);
  });
  it('continues a ramp smoothly', () => {
    const image = picture(64, 64, (c) => [4 * c]);
    const data = Uint8Array.from({ length: 4096 }, (_, p) =>
      Number(Math.abs((p % 64) - 32) < 8 && Math.abs(p / 64 - 32) < 8),
    );
    const filled = inpaintBackground(image, { data, width: 64, height: 64 });
    for (let c = 24; c < 40; c++) expect(Math.abs(filled.data[3 * (32 * 64 + c)] - 4 * c)).toBeLessThan(24);
  });
  it('is grey where the mask covers everything', () => {
    const all = { data: new Uint8Array(9).fill(1), width: 3, height: 3 };
    expect(
      new Set(
        inpaintBackground(
          picture(3, 3, () => [9, 9, 9]),
          all,
        ).data,
      ),
    ).toEqual(new Set([128]));
  });
});
