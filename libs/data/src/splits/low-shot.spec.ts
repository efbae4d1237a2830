import { describe, expect, it, vi } from 'vitest';
import { classTargets, LOW_SHOTS, lowShotTargets, type ObjectBox } from '../index.ts';

vi.setConfig({ testTimeout: 120_000 }); // a machine with other work is slow, not wrong

const object = (label: number, ignore = false): ObjectBox => ({
  box: [0, 0, 1, 1],
  label,
  instance: 0,
  ignore,
});

describe('classTargets', () => {
  it('are 1 for what an image shows, -1 for what it does not, 0 for what is difficult only', () => {
    const scenes = [[object(0), object(0)], [object(1, true)], [object(1), object(1, true)], []];
    const set = { name: 's', length: 4, classes: ['a', 'b'], objects: (index: number) => scenes[index] };
    expect([...classTargets(set)]).toEqual([1, -1, -1, 0, -1, 1, -1, -1]);
    expect(() => classTargets({ ...set, objects: null })).toThrow('s has no boxes');
  });
});

describe('lowShotTargets', () => {
  const classes = 3;
  const targets = Int8Array.from(
    { length: 4000 * classes },
    (_, at) => [1, -1, -1, -1, -1, 0][(at * 7 + Math.floor(at / 11)) % 6],
  );
  it('keep k positives and 19 k negatives of every class, and change none', () => {
    for (const shots of LOW_SHOTS) {
      const kept = lowShotTargets(targets, classes, shots, 0);
      for (let label = 0; label < classes; label++) {
        const column = kept.filter((_, at) => at % classes === label);
        expect(column.filter((value) => value === 1).length).toBe(shots);
        expect(column.filter((value) => value === -1).length).toBe(19 * shots);
      }
      kept.forEach((value, at) => {
        if (value !== 0) expect(value).toBe(targets[at]);
      });
    }
  });
  it('differ between samples and are the same again for the same one', () => {
    expect(lowShotTargets(targets, classes, 4, 1)).toEqual(lowShotTargets(targets, classes, 4, 1));
    expect(lowShotTargets(targets, classes, 4, 1)).not.toEqual(lowShotTargets(targets, classes, 4, 2));
  });
  it('refuse classes with too few positives and numbers out of range', () => {
    expect(() => lowShotTargets(Int8Array.of(1, -1), 1, 2, 0)).toThrow('class 0 has 1 positives, 2 shots');
    expect(() => lowShotTargets(targets, 7, 1, 0)).toThrow('targets must hold N x 7 values');
    expect(() => lowShotTargets(targets, classes, 0, 0)).toThrow('shots must be an integer >= 1, got 0');
    expect(() => lowShotTargets(targets, classes, 1, 5)).toThrow('sample must be 0 to 4, got 5');
  });
});
