import { typescript } from '../compiler/transpile.ts';

/** Answer to an `is_complete_request`. */
export interface Completeness {
  readonly status: 'complete' | 'incomplete' | 'invalid';
  readonly indent?: string;
}

/** Unterminated template literal, unterminated comment, unterminated regular expression never closes: only the first two. */
const openEnded = new Set([1160, 1010]);

/** Whether a cell can run as it stands, needs more lines, or can never run. */
export function isComplete(cell: string): Completeness {
  if (/^\s*[\p{ID_Continue}$.]+\s*\?\s*$/u.test(cell)) return { status: 'complete' };
  // Magic lines are no TypeScript; `%time` may have some behind it.
  const source = cell.replace(/^(\s*%(?:time\b|\w+.*$))+/gm, (magic) => ' '.repeat(magic.length));
  const ts = typescript();
  const file = ts.createSourceFile('cell.mts', source, ts.ScriptTarget.ESNext, true);
  const { parseDiagnostics } = file as unknown as {
    parseDiagnostics: readonly { start: number; code: number }[];
  };
  const [first] = parseDiagnostics;
  if (!first) return { status: 'complete' };
  const end = source.trimEnd().length;
  const atEnd = parseDiagnostics.some(({ start, code }) => start >= end || openEnded.has(code));
  const earlier = first.start < end && !openEnded.has(first.code);
  if (!atEnd || earlier) return { status: 'invalid' };
  const lastLine = source.slice(0, end).split('\n').at(-1) ?? '';
  const indent = /^\s*/.exec(lastLine)?.[0] ?? '';
  return { status: 'incomplete', indent: /[{([]$/.test(lastLine) ? `${indent}  ` : indent };
}
