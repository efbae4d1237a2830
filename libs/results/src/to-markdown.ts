import type { Table } from './table.ts';

/** A table as GitHub Markdown, padded so that it also reads well as text; notes follow as a numbered list. */
export function toMarkdown({ columns, rows, notes }: Table): string {
  const escaped = [columns.map(({ name }) => name), ...rows].map((row) =>
    row.map((c) => c.replaceAll('|', '\\|')),
  );
  const widths = columns.map((_, i) => Math.max(3, ...escaped.map((row) => (row[i] ?? '').length)));
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const padded = escaped.map((row) =>
    line(
      columns.map(({ align }, i) =>
        align === 'left' ? (row[i] ?? '').padEnd(widths[i] ?? 0) : (row[i] ?? '').padStart(widths[i] ?? 0),
      ),
    ),
  );
  const rule = line(
    columns.map(({ align }, i) => {
      const dashes = '-'.repeat((widths[i] ?? 3) - 1);
      return align === 'left' ? `${dashes}-` : `${dashes}:`;
    }),
  );
  const [head = '', ...body] = padded;
  const foot = notes.map((note, i) => `${i + 1}. ${note}`);
  return [head, rule, ...body, ...(foot.length > 0 ? ['', ...foot] : [])].join('\n');
}
