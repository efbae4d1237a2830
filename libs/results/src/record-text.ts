/**
 * JSON text of a record as it is stored: keys sorted, two spaces of indent, a list of plain values on one line.
 *
 * Equal records have equal texts, and a change shows as few changed lines.
 */
export function recordText(value: unknown): string {
  return `${print(value, '')}\n`;
}

function print(value: unknown, indent: string): string {
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    if (value.every((item) => typeof item !== 'object' || item === null)) return printFlat(value);
    return `[\n${value.map((item) => inner + print(item, inner)).join(',\n')}\n${indent}]`;
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    if (entries.length === 0) return '{}';
    entries.sort(([a], [b]) => (a < b ? -1 : 1));
    const lines = entries.map(([name, item]) => `${inner}${JSON.stringify(name)}: ${print(item, inner)}`);
    return `{\n${lines.join(',\n')}\n${indent}}`;
  }
  return JSON.stringify(value);
}

function printFlat(values: readonly unknown[]): string {
  return `[${values.map((item) => JSON.stringify(item)).join(', ')}]`;
}
