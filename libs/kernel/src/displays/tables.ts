import { inspect } from 'node:util';
import { escapeHtml, formatNumber } from './html.ts';
import type { MimeBundle } from './mime-bundle.ts';

/** What a data frame must have to be shown as a table; danfojs' has it. */
export interface DataFrameLike {
  readonly columns: readonly (string | number)[];
  readonly index: readonly (string | number)[];
  readonly dtypes: readonly string[];
  readonly shape: readonly number[];
  readonly values: readonly unknown[];
}

const maxRows = 20;
const maxColumns = 30;

export function isDataFrame(value: object): value is DataFrameLike {
  return hasTableParts(value) && value.shape.length === 2 && value.constructor.name === 'DataFrame';
}

export function isSeries(value: object): value is DataFrameLike {
  return hasTableParts(value) && value.constructor.name === 'Series';
}

/** A table with types under the names, at most 20 rows (first and last ten) and 30 columns. */
export function tableBundle(value: DataFrameLike): MimeBundle {
  const { columns, index, dtypes, values } = value;
  const rows = values.map((row) => (Array.isArray(row) ? (row as unknown[]) : [row]));
  const width = Math.min(columns.length, maxColumns);
  const picked =
    rows.length <= maxRows
      ? rows.map((_, i) => i)
      : [...range(0, maxRows / 2), -1, ...range(rows.length - maxRows / 2, rows.length)];
  const names = [...columns.slice(0, width).map(String), ...(columns.length > width ? ['…'] : [])];
  const types = [...dtypes.slice(0, width), ...(columns.length > width ? [''] : [])];
  const cells = picked.map((i) => {
    if (i < 0) return ['…', ...names.map(() => '…')];
    const row = (rows[i] ?? []).slice(0, width).map(formatCell);
    return [String(index[i]), ...row, ...(columns.length > width ? ['…'] : [])];
  });
  const size = `${rows.length} rows × ${columns.length} columns`;
  return {
    data: { 'text/html': html(names, types, cells, size), 'text/plain': plain(names, types, cells, size) },
    metadata: {},
  };
}

function hasTableParts(value: object): value is DataFrameLike {
  const { columns, index, dtypes, shape, values } = value as Partial<DataFrameLike>;
  return [columns, index, dtypes, shape, values].every(Array.isArray);
}

function html(names: string[], types: string[], cells: string[][], size: string): string {
  const th = (text: string, extra = ''): string => `<th${extra}>${escapeHtml(text)}</th>`;
  const head = `<tr>${th('')}${names.map((name) => th(name)).join('')}</tr>`;
  const sub = types.map((type) => th(type, ' style="font-weight: normal; opacity: 0.6"')).join('');
  const body = cells.map(([first = '', ...rest]) => {
    const data = rest.map((text) => `<td>${escapeHtml(text)}</td>`).join('');
    return `<tr>${th(first)}${data}</tr>`;
  });
  return (
    `<table border="1" class="dataframe"><thead>${head}<tr>${th('')}${sub}</tr></thead>` +
    `<tbody>${body.join('')}</tbody></table><p>${escapeHtml(size)}</p>`
  );
}

function plain(names: string[], types: string[], cells: string[][], size: string): string {
  const table = [['', ...names], ['', ...types], ...cells];
  const widths = (table[0] ?? []).map((_, column) =>
    Math.max(...table.map((row) => (row[column] ?? '').length)),
  );
  const lines = table.map((row) => row.map((text, i) => text.padStart(widths[i] ?? 0)).join('  '));
  return [...lines, '', size].join('\n');
}

function formatCell(value: unknown): string {
  if (typeof value === 'number') return formatNumber(value);
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : inspect(value);
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}
