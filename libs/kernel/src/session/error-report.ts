import { inspect } from 'node:util';
import type { CellDiagnostic } from '../compiler/transpile.ts';
import type { Position } from '../compiler/source-positions.ts';
import type { ErrorReport } from './outputs.ts';
import { errorPlace } from './stack-traces.ts';

const red = (text: string): string => `\u001b[31m${text}\u001b[39m`;
const dim = (text: string): string => `\u001b[90m${text}\u001b[39m`;

/** An exception as Jupyter wants it: name, message, and a traceback with the cell's own lines and every cause. */
export function errorReport(error: unknown): ErrorReport {
  if (!isErrorLike(error)) {
    const text = inspect(error);
    return { ename: 'Uncaught', evalue: text, traceback: [`${red('Uncaught')} ${text}`] };
  }
  const ename = error.name || error.constructor.name || 'Error';
  const evalue = cleanMessage(error.message);
  return { ename, evalue, traceback: describe(error, new Set(), '').join('\n').split('\n') };
}

/** Problems that the compiler found, as the error that keeps a cell from running. */
export function diagnosticReport(
  ename: string,
  diagnostics: readonly CellDiagnostic[],
  source: string,
  label: string,
): ErrorReport {
  const [first] = diagnostics;
  const more = diagnostics.length > 1 ? ` (and ${diagnostics.length - 1} more)` : '';
  const traceback = diagnostics.slice(0, 10).flatMap(({ message, code, line, column, length }) => {
    const number = code > 0 ? ` TS${code}` : '';
    const where = dim(`${label}:${line + 1}:${column + 1}`);
    return [`${red(ename + number)}: ${message} ${where}`, ...codeFrame(source, { line, column }, length)];
  });
  return { ename, evalue: `${first?.message ?? ''}${more}`, traceback };
}

/** The lines around a place, with a mark under it. */
export function codeFrame(source: string, { line, column }: Position, length = 1): string[] {
  const lines = source.split('\n');
  const from = Math.max(0, line - 2);
  const shown = lines.slice(from, line + 3);
  const width = String(from + shown.length).length;
  return shown.flatMap((text, i) => {
    const number = from + i;
    const gutter = `${number === line ? '>' : ' '} ${String(number + 1).padStart(width)} | `;
    if (number !== line) return [dim(gutter) + text];
    const marks = Math.max(1, Math.min(length, text.length - column));
    const pad = text.slice(0, column).replace(/[^\t]/g, ' ');
    const under = `  ${' '.repeat(width)} | ${pad}${red('^'.repeat(marks))}`;
    return [red(gutter) + text, dim(under)];
  });
}

/** V8 names callees as compiled; readers know them as they wrote them. */
export function cleanMessage(message: unknown): string {
  // A thrower may have made it anything.
  return String(message)
    .replace(/\(0 , (\$\$+)([\w$]+)\.(?:v|K|D)\)/g, '$2')
    .replace(/\$\$+([\w$]+)\.(?:v|K|D|L|C|t)\b/g, '$1')
    .replace(
      /^Cannot assign to read only property 'v' of object '#<Binding>'$/,
      'Assignment to constant variable.',
    );
}

function describe(error: Error, seen: Set<unknown>, indent: string): string[] {
  seen.add(error);
  const place = errorPlace(error);
  const name = error.name || 'Error';
  const message = cleanMessage(error.message);
  const stack = typeof error.stack === 'string' ? error.stack : '';
  const frames = stack.split('\n').filter((line) => /^ {4}at /.test(line));
  const lines = [`${red(name)}${message ? `: ${message}` : ''}`];
  if (place) lines.push(...codeFrame(place.cell.source, place.position));
  lines.push(...frames.slice(0, 20).map(dim), ...extraProperties(error));
  const inner: [string, unknown][] = [];
  if (error.cause !== undefined) inner.push(['Caused by', error.cause]);
  if (error instanceof AggregateError) {
    error.errors.forEach((one: unknown, i) => inner.push([`Error ${i + 1} of ${error.errors.length}`, one]));
  }
  for (const [title, value] of inner) {
    if (seen.has(value)) continue;
    const [head = '', ...rest] = isErrorLike(value) ? describe(value, seen, '  ') : [inspect(value)];
    lines.push(`${title}: ${head}`, ...rest);
  }
  return lines.map((line) =>
    line
      .split('\n')
      .map((part) => indent + part)
      .join('\n'),
  );
}

/** Own properties that a thrower added, such as `code` or `path`. */
function extraProperties(error: Error): string[] {
  const hidden = new Set(['stack', 'message', 'cause', 'errors', 'name']);
  return Object.entries(error)
    .filter(([key]) => !hidden.has(key))
    .slice(0, 10)
    .map(([key, value]) => dim(`    ${key}: ${inspect(value, { depth: 1, breakLength: 100 })}`));
}

function isErrorLike(value: unknown): value is Error {
  if (value instanceof Error) return true;
  return typeof value === 'object' && value !== null && typeof (value as Error).stack === 'string';
}
