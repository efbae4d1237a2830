import { describe, expect, it } from 'vitest';
import { minimumBarrierDistance } from './minimum-barrier-distance.ts';
import { picture } from './testing/pictures.ts';

const plain = { backgroundness: false, centred: false, contrast: false };
const grey = (rows: readonly (readonly number[])[]) =>
  picture(rows[0].length, rows.length, (c, r) => [rows[r][c]]);

describe('minimumBarrierDistance', () => {
  it('is nothing where a flat way leads to the border, and all where the object is closed', () => {
    const map = minimumBarrierDistance(
      grey(
        [
          [0, 0, 0, 0, 0, 0, 0],
          [0, 9, 9, 9, 9, 9, 0],
          [0, 9, 0, 0, 0, 9, 0],
          [0, 9, 0, 0, 0, 9, 0],
          [0, 9, 9, 9, 9, 9, 0],
          [0, 0, 0, 0, 0, 0, 0],
        ].map((row) => row.map((value) => 20 * value)),
      ),
      plain,
    );
    expect(map.data[8]).toBe(1); // the ring
    expect(map.data[2 * 7 + 3]).toBe(1); // inside of it: every way crosses the ring
    expect(map.data[0]).toBe(0);
    const open = minimumBarrierDistance(
      grey([
        [0, 0, 0, 0],
        [0, 0, 0, 0],
        [0, 180, 180, 0],
        [0, 0, 0, 0],
      ]),
      plain,
    );
    expect(open.data[1 * 4 + 1]).toBe(0);
  });
  it('prefers the centre only where asked to', () => {
    const spots = picture(60, 30, (c, r) =>
      r > 10 && r < 20 && ((c > 4 && c < 14) || (c > 25 && c < 35)) ? [200, 200, 200] : [20, 20, 20],
    );
    const [flat, centred] = [false, true].map(
      (on) => minimumBarrierDistance(spots, { ...plain, centred: on }).data,
    );
    const [side, middle] = [15 * 60 + 9, 15 * 60 + 30];
    expect(flat[side]).toBe(flat[middle]);
    expect(centred[side]).toBeLessThan(centred[middle]);
  });
  it('refuses no passes', () => {
    expect(() => minimumBarrierDistance(grey([[1]]), { passes: 0 })).toThrow(
      'passes must be a positive whole number',
    );
  });
});
