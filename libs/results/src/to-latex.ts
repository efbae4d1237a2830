import type { Table } from './table.ts';

/** A table as a LaTeX tabular with booktabs rules; notes follow as lines of their own. */
export function toLatex({ columns, rows, notes }: Table): string {
  const line = (cells: readonly string[]): string => `${cells.map(escaped).join(' & ')} \\\\`;
  const shape = columns.map(({ align }) => (align === 'left' ? 'l' : 'r')).join('');
  return [
    `\\begin{tabular}{${shape}}`,
    '\\toprule',
    line(columns.map(({ name }) => name)),
    '\\midrule',
    ...rows.map(line),
    '\\bottomrule',
    '\\end{tabular}',
    ...notes.map((note, i) => `\n\\noindent [${i + 1}] ${escaped(note)}`),
  ].join('\n');
}

const SPECIAL: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '±': '$\\pm$',
  '–': '--',
  '→': '$\\to$',
  '≥': '$\\geq$',
  '≤': '$\\leq$',
};

function escaped(text: string): string {
  return text.replace(/[\\~^±–→≥≤&%$#_{}]/g, (character) => SPECIAL[character] ?? `\\${character}`);
}
