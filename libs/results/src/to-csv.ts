import type { Table } from './table.ts';

/** A table as CSV (RFC 4180, \n line ends): cells as they are printed elsewhere, quoted where they need it; notes are left out. */
export function toCsv({ columns, rows }: Table): string {
  const line = (cells: readonly string[]): string => cells.map(quoted).join();
  return [columns.map(({ name }) => name), ...rows].map((row) => `${line(row)}\n`).join('');
}

function quoted(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
