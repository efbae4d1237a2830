import { describe, expect, it } from 'vitest';
import { heatmap } from './heatmap.ts';
import { renderSvg } from './render-svg.ts';

describe('heatmap', () => {
  it('draws one square a number, row 0 on top', async () => {
    const spec = heatmap({ title: 'P', x: 'key', y: 'view', values: [[0, 1, 2], [3, 4, 5]] });
    const svg = await renderSvg(spec);
    const squares = [...svg.matchAll(/view: (\d); value: (\d)"[^>]*d="M([\d.]+),([\d.]+)h18v18/g)];
    expect(squares.map(([, view, value, left, top]) => [view, value, left, top].map(Number))).toEqual([
      [0, 0, 0, 0],
      [0, 1, 18, 0],
      [0, 2, 36, 0],
      [1, 3, 0, 18],
      [1, 4, 18, 18],
      [1, 5, 36, 18],
    ]);
    expect(spec.description).toBe('P: 2 x 3 values from 0 to 5.');
  });
  it('names the row that does not fit', () => {
    const base = { title: 'P', x: 'key', y: 'view' };
    expect(() => heatmap({ ...base, values: [[0, 1], [2]] })).toThrow('row 1 has 1 numbers, row 0 has 2');
    expect(() => heatmap({ ...base, values: [[0, NaN]] })).toThrow('row 0, column 1 is NaN');
    expect(() => heatmap({ ...base, values: [] })).not.toThrow();
  });
});
