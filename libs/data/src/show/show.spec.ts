import { describe, expect, it } from 'vitest';
import { CATALOGUE, contactSheet, decodeRgb, encodePng, openSet, terminalImage } from '../index.ts';

const image = (value: number, height: number, width: number) => ({
  data: new Uint8Array(height * width * 3).fill(value),
  height,
  width,
  channels: 3,
});

describe('contactSheet', () => {
  it('lays images of any shape into square cells', () => {
    const sheet = contactSheet([image(10, 4, 4), image(20, 8, 4), image(30, 2, 4)], 4, 2);
    expect([sheet.height, sheet.width]).toEqual([11, 11]);
    const at = (y: number, x: number): number => sheet.data[(y * 11 + x) * 3];
    expect([at(0, 0), at(1, 1), at(4, 4), at(1, 5), at(1, 7), at(6, 1), at(7, 1)]).toEqual([
      255, 10, 10, 255, 20, 255, 30,
    ]);
    expect(() => contactSheet([], 4, 2)).toThrow('images must not be empty');
    expect(() => contactSheet([image(1, 1, 1)], 0, 2)).toThrow('positive integers, got 0, 2');
  });
  it('survives PNG and the terminal', async () => {
    const sheet = contactSheet([image(10, 3, 2)], 3, 1);
    expect(await decodeRgb(await encodePng(sheet), { name: 'sheet' })).toEqual(sheet);
    expect(terminalImage(sheet).split('\n').length).toBe(3);
  });
});

describe('openSet', () => {
  it('opens by name and refuses what it cannot open', { timeout: 300_000 }, async () => {
    expect(new Set(CATALOGUE.map(({ name }) => name)).size).toBe(CATALOGUE.length);
    expect((await openSet('emoji-scenes', 'test')).classes.length).toBe(12);
    expect(() => openSet('cifar', 'test')).toThrow("no data set 'cifar'; known: cifar10, emoji-scenes");
    expect(() => openSet('stl10', 'test')).toThrow('stl10 needs a path: stl10_binary');
    expect(() => openSet('cifar10', 'test', '.')).toThrow('cifar10 takes no path');
  });
});
