import { describe, expect, it } from 'vitest';
import { connectedComponents } from './connected-components.ts';
import { slic } from './slic.ts';
import { superpixelGraph } from './superpixel-graph.ts';
import { disc, picture } from './testing/pictures.ts';

describe('slic', () => {
  it('makes about one region per so many pixels, numbered without gaps', () => {
    const { labels, count } = slic(disc(224, 168), { pixelsPerRegion: 600 });
    expect(count).toBeGreaterThan(45);
    expect(count).toBeLessThan(80);
    expect(new Set(labels).size).toBe(count);
    expect(Math.max(...labels)).toBe(count - 1);
    expect(labels[0]).toBe(0);
  });

  it('makes 4-connected regions', () => {
    const { labels, count, width, height } = slic(disc(), { pixelsPerRegion: 150 });
    for (let k = 0; k < count; k++) {
      const data = Uint8Array.from(labels, (label) => Number(label === k));
      expect(connectedComponents({ data, width, height }, 4).areas).toHaveLength(1);
    }
  });

  it('does not cross a strong edge', () => {
    const image = picture(60, 60, (c) => (c < 31 ? [250, 250, 250] : [5, 5, 5]));
    const { labels } = slic(image, { pixelsPerRegion: 100 });
    const left = new Set(labels.filter((_, p) => p % 60 < 31));
    const right = new Set(labels.filter((_, p) => p % 60 >= 31));
    expect([...left].filter((label) => right.has(label))).toEqual([]);
  });

  it('refuses options that make no sense', () => {
    expect(() => slic(disc(), { pixelsPerRegion: 0 })).toThrow(
      'slic: pixelsPerRegion must lie in [1, Infinity]',
    );
    expect(() => slic(disc(), { compactness: -1 })).toThrow('slic: compactness');
    expect(() => slic(disc(), { iterations: NaN })).toThrow('slic: iterations');
  });
});

describe('superpixelGraph', () => {
  it('knows colours, contacts and the border of two halves', () => {
    const image = picture(4, 2, (c) => (c < 2 ? [255, 255, 255] : [0, 0, 0]));
    const labels = Int32Array.of(0, 0, 1, 1, 0, 0, 1, 1);
    const graph = superpixelGraph(image, { labels, count: 2, width: 4, height: 2 }, { band: 1 });
    expect([...graph.meanRgb]).toEqual([255, 255, 255, 0, 0, 0]);
    expect([...graph.adjacency]).toEqual([0, 1, 1, 0]);
    expect([...graph.position]).toEqual([0.75, 0.375, 0.75, 0.875]);
    expect([...graph.boundary]).toEqual([1, 1]);
    expect(graph.lab[0]).toBeCloseTo(100, 3);
  });

  it('refuses superpixels of another image, and empty ones', () => {
    const image = picture(2, 1, () => [0]);
    const superpixels = { labels: Int32Array.of(0, 2), count: 3, width: 2, height: 1 };
    expect(() => superpixelGraph(image, superpixels)).toThrow('superpixel 1 of 3 has no pixel');
    expect(() => superpixelGraph(image, { ...superpixels, width: 1 })).toThrow(
      'superpixels of 1 x 1 do not fit an image of 2 x 1',
    );
  });
});
