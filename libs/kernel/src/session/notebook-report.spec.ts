import { describe, expect, it } from 'vitest';
import { notebookReport } from './notebook-report.ts';

const report = (...cells: [source: string, executionCount: number | null][]) =>
  notebookReport(cells.map(([source, executionCount]) => ({ source, executionCount })));
const clean = { unexecuted: [], outOfOrder: [], stale: [], unreadable: [] };

describe('the report of a notebook', () => {
  it('is empty where every cell ran from top to bottom', () => {
    expect(report(['let a = 1', 1], ['a + 1', 2], ['%time\na * 2', 5])).toEqual(clean);
  });

  it('names cells that ran before one above them', () => {
    expect(report(['let a = 1', 3], ['1', 1], ['2', 4])).toEqual({ ...clean, outOfOrder: [1] });
  });

  it('names cells that used what was declared anew since', () => {
    expect(report(['let a = 1; const f = () => a', 4], ['const b = f()', 2], ['b', 3])).toEqual({
      ...clean,
      outOfOrder: [1, 2],
      stale: [{ cell: 1, name: 'f', by: 0 }],
    });
  });

  it('names a cell whose name a later cell declares again', () => {
    expect(report(['let a = 1', 1], ['a', 2], ['let a = 2', 3]).stale).toEqual([
      { cell: 1, name: 'a', by: 2 },
    ]);
  });

  it('follows imports, and no name that a function keeps for itself', () => {
    const cells: [string, number][] = [
      ['import { join } from "node:path"', 3],
      ['join("a", "b")', 1],
      ['((join) => join)(1)', 2],
    ];
    expect(report(...cells).stale).toEqual([{ cell: 1, name: 'join', by: 0 }]);
  });

  it('names cells that have not run, and those that cannot be read', () => {
    expect(report(['let a = 1', null], ['let 1x', 1])).toEqual({
      ...clean,
      unexecuted: [0],
      unreadable: [1],
    });
  });
});
