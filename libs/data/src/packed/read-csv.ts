import { readFileSync } from 'node:fs';

/**
 * Reads a table with a header line, comma separated, without quoting.
 *
 * @throws Error naming the file and the line when a column is missing or a line has another number of cells
 */
export function readCsv(path: string, columns: readonly string[]): Record<string, string>[] {
  const lines = readFileSync(path, 'utf8').split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  const header = lines[0]?.split(',') ?? [];
  const missing = columns.filter((column) => !header.includes(column));
  if (missing.length > 0)
    throw new Error(`readCsv: ${path} has no column ${missing.join()}; it has ${header.join()}.`);
  return lines.slice(1).map((line, index) => {
    const cells = line.split(',');
    if (cells.length !== header.length) {
      throw new Error(
        `readCsv: ${path} line ${index + 2} has ${cells.length} cells, the header ${header.length}. Is the file complete?`,
      );
    }
    return Object.fromEntries(header.map((column, place) => [column, cells[place]]));
  });
}
