import { describe, expect, it } from 'vitest';
import { rewriteTables } from './rewrite-tables.ts';
import type { Table } from './table.ts';
import { toCsv } from './to-csv.ts';
import { toLatex } from './to-latex.ts';

const example: Table = {
  columns: [
    { name: 'arm', align: 'left' },
    { name: 'top_1 (%)', align: 'right' },
  ],
  rows: [
    ['a "b", c', '1.00 ± 0.10 (3)'],
    ['x^2 & {y}', '–'],
  ],
  notes: ['50 % of #1'],
};

describe('toCsv', () => {
  it('quotes cells that hold commas, quotes or line ends', () => {
    expect(toCsv(example)).toBe('arm,top_1 (%)\n"a ""b"", c",1.00 ± 0.10 (3)\nx^2 & {y},–\n');
    expect(toCsv({ ...example, rows: [['a\nb', '']] })).toContain('"a\nb",\n');
  });
});

describe('toLatex', () => {
  it('escapes what LaTeX reserves and sets rules', () => {
    expect(toLatex(example).split('\n')).toEqual([
      '\\begin{tabular}{lr}',
      '\\toprule',
      'arm & top\\_1 (\\%) \\\\',
      '\\midrule',
      'a "b", c & 1.00 $\\pm$ 0.10 (3) \\\\',
      'x\\textasciicircum{}2 \\& \\{y\\} & -- \\\\',
      '\\bottomrule',
      '\\end{tabular}',
      '',
      '\\noindent [1] 50 \\% of \\#1',
    ]);
  });
});

describe('rewriteTables', () => {
  const readme = ['# T', '<!-- table:bam -->', 'old', 'older', '<!-- /table:bam -->', 'after', ''].join('\n');
  it('replaces what stands between the markers and nothing else', () => {
    const { text, names } = rewriteTables(readme, (name) => `new ${name}\n`);
    expect(names).toEqual(['bam']);
    expect(text).toBe(
      ['# T', '<!-- table:bam -->', '', 'new bam', '', '<!-- /table:bam -->', 'after', ''].join('\n'),
    );
    expect(rewriteTables(text, () => 'new bam').text).toBe(text);
  });
  it('leaves a text without markers alone', () => {
    expect(rewriteTables('a <!-- table:x --> b', () => '')).toEqual({
      text: 'a <!-- table:x --> b',
      names: [],
    });
  });
  it('names the line of a marker without a partner', () => {
    const rewrite = (...lines: string[]) => rewriteTables(lines.join('\n'), () => '');
    expect(() => rewrite('', '<!-- table:a -->')).toThrow('line 2: a has no <!-- /table:a -->.');
    expect(() => rewrite('<!-- /table:a -->')).toThrow('line 1: a ends but did not begin.');
    expect(() => rewrite('<!-- table:a -->', '<!-- table:b -->')).toThrow('line 2: b begins inside a.');
    expect(() => rewrite('<!-- table:a -->', '<!-- /table:b -->')).toThrow(
      'line 2: b ends but did not begin.',
    );
  });
});
