import { key } from '@fovea/random';
import { describe, expect, it, vi } from 'vitest';
import {
  CIFAR_WEAK,
  type CopyPasteRecipe,
  inpaint,
  makeCopyPasteViews,
  makeViews,
  pasteForeground,
  type Plane,
  softenPlane,
} from '../index.ts';
import { noise, noiseSource } from '../testing/noise.ts';

vi.setConfig({ testTimeout: 120_000 }); // a machine with other work is slow, not wrong

const square: Plane = { data: new Uint8Array(32 * 32), height: 32, width: 32 };
for (let y = 8; y < 24; y++) (square.data as Uint8Array).fill(255, y * 32 + 8, y * 32 + 24);
const masks = { length: 6, plane: () => square };
const source = noiseSource(6, 32, 32);
const grey: CopyPasteRecipe = { probability: 0.5, background: 'grey', boundary: 0, minimumShare: 0 };

describe('inpaint', () => {
  it('continues a smooth background under the foreground and keeps the rest to the bit', () => {
    const image = noise(32, 32, 1);
    for (let at = 0; at < 1024; at++)
      image.data.set([3 * (at % 32) + 50, 100, 7 * Math.floor(at / 32)], at * 3);
    const before = image.data.slice();
    for (let at = 0; at < 1024; at++) if (square.data[at] > 0) image.data.set([255, 0, 255], at * 3);
    const { data } = inpaint(image, square);
    for (let at = 0; at < 1024; at++) {
      for (const channel of [0, 1, 2]) {
        const error = Math.abs(data[at * 3 + channel] - before[at * 3 + channel]);
        expect(error).toBeLessThanOrEqual(square.data[at] > 0 ? 45 : 0);
      }
    }
  });
  it('gives one grey when nothing but foreground is left, and the image when there is none', () => {
    const image = noise(5, 3, 2);
    const all = { data: new Uint8Array(15).fill(255), height: 5, width: 3 };
    expect([...new Set(inpaint(image, all).data)]).toEqual([127]);
    expect(inpaint(image, { ...all, data: new Uint8Array(15) }).data).toEqual(image.data);
    expect(() => inpaint(image, square)).toThrow('the mask must be 5 x 3 as the image, got 32 x 32');
  });
});

describe('softenPlane', () => {
  it('keeps the mass and the range, and smooths the edge', () => {
    const { data } = softenPlane(square, 1.5);
    expect((data as Float32Array).reduce((a, b) => a + b, 0)).toBeCloseTo(256, 1);
    expect(Math.max(...data)).toBeLessThanOrEqual(1);
    expect(data[16 * 32 + 8]).toBeGreaterThan(0.4);
    expect(data[16 * 32 + 8]).toBeLessThan(0.7);
    expect(softenPlane(square, 0).data[16 * 32 + 8]).toBe(1);
    expect(() => softenPlane(square, -1)).toThrow('sigma must be a finite number >= 0 pixels, got -1');
  });
});

describe('pasteForeground', () => {
  it('keeps the foreground and replaces the rest', () => {
    const image = noise(32, 32, 3);
    const other = noise(32, 32, 4);
    const pasted = pasteForeground(image, square, other);
    expect(pasted.data[(16 * 32 + 16) * 3]).toBe(image.data[(16 * 32 + 16) * 3]);
    expect(pasted.data[0]).toBe(other.data[0]);
    expect(pasteForeground(image, square, 77).data[0]).toBe(77);
    expect(() => pasteForeground(image, square, 256)).toThrow('in [0, 255], got 256');
    expect(() => pasteForeground(image, square, noise(4, 4, 1))).toThrow(
      'background must be 32 x 32 as the image, got 4 x 4',
    );
  });
});

describe('makeCopyPasteViews', () => {
  it('with probability 0 equals makeViews to the bit', () => {
    const plain = makeViews(source, [0, 5], CIFAR_WEAK, key(1));
    const pasted = makeCopyPasteViews(source, masks, [0, 5], CIFAR_WEAK, { ...grey, probability: 0 }, key(1));
    expect(pasted.data).toEqual(plain.data);
    expect(pasted.params).toEqual(plain.params);
    expect(pasted.pasted.flat()).toEqual([null, null, null, null]);
  });
  it('pastes with the probability given, each view on its own, and never changes the other draws', () => {
    let count = 0;
    for (let seed = 0; seed < 60; seed++) {
      const { pasted, params } = makeCopyPasteViews(
        source,
        masks,
        [0, 1, 2, 3, 4, 5],
        CIFAR_WEAK,
        grey,
        key(seed),
      );
      count += pasted.flat().filter((what) => what !== null).length;
      if (seed === 0)
        expect(params).toEqual(makeViews(source, [0, 1, 2, 3, 4, 5], CIFAR_WEAK, key(0)).params);
    }
    expect(Math.abs(count - 360)).toBeLessThan(5 * Math.sqrt(720 * 0.25));
  });
  it('takes backgrounds from other images, never the image itself, and from textures', () => {
    const always = { ...grey, probability: 1, background: 'image' } as const;
    const { pasted, data } = makeCopyPasteViews(source, masks, [2, 3], CIFAR_WEAK, always, key(1));
    for (const [row, index] of [2, 3].entries()) {
      for (const view of pasted) expect((view[row] as { background: number }).background).not.toBe(index);
    }
    const alone = makeCopyPasteViews(source, masks, [3], CIFAR_WEAK, always, key(1));
    expect(alone.data.subarray(0, 3072)).toEqual(data.subarray(3072, 6144));
    const textures = noiseSource(2, 50, 20);
    const texture = { ...always, background: 'texture' } as const;
    expect(
      makeCopyPasteViews(source, masks, [2], CIFAR_WEAK, texture, key(1), { textures }).data.every(
        Number.isFinite,
      ),
    ).toBe(true);
  });
  it('leaves a view alone whose crop shows too little foreground', () => {
    const { pasted } = makeCopyPasteViews(
      source,
      masks,
      [0, 1],
      CIFAR_WEAK,
      { ...grey, probability: 1, minimumShare: 1 },
      key(2),
    );
    expect(pasted.flat().filter((what) => what === null).length).toBeGreaterThan(0);
  });
  it('refuses what does not fit', () => {
    const make = (change: object, options?: object) => () =>
      makeCopyPasteViews(source, masks, [0], CIFAR_WEAK, { ...grey, ...change }, key(0), options);
    expect(make({ probability: 2 })).toThrow('probability must be in [0, 1], got 2');
    expect(make({ blend: 1 })).toThrow('unknown key blend');
    expect(make({ background: 'texture' })).toThrow(
      "textures must be given for background 'texture' and only then",
    );
    expect(make({}, { textures: source })).toThrow('and only then');
    expect(make({}, { texture: source })).toThrow('unknown key texture');
    const small = { length: 6, plane: () => ({ data: new Uint8Array(4), height: 2, width: 2 }) };
    expect(() => makeCopyPasteViews(source, small, [0], CIFAR_WEAK, grey, key(0))).toThrow(
      'mask 0 must be 32 x 32 as its image',
    );
  });
});
