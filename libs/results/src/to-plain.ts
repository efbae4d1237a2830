import type { Table } from './table.ts';

/** A table as aligned text for the terminal: two spaces between columns, notes below. */
export function toPlain({ columns, rows, notes }: Table): string {
  const lines = [columns.map(({ name }) => name), ...rows];
  const widths = columns.map((_, i) => Math.max(...lines.map((row) => (row[i] ?? '').length)));
  const print = (row: readonly string[]): string =>
    columns
      .map(({ align }, i) =>
        align === 'left' ? (row[i] ?? '').padEnd(widths[i] ?? 0) : (row[i] ?? '').padStart(widths[i] ?? 0),
      )
      .join('  ')
      .trimEnd();
  const [head = [], ...body] = lines;
  const rule = widths.map((width) => '─'.repeat(width)).join('  ');
  return [print(head), rule, ...body.map(print), ...notes.map((note, i) => `[${i + 1}] ${note}`)].join('\n');
}
