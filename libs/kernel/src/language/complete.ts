import { CompletionItemKind } from 'typescript-native/unstable/sync';
import { toCodePoints, toUtf16 } from './code-points.ts';
import type { NativeChecker } from './native-checker.ts';

/** Content of a `complete_reply`. */
export interface CompleteReply {
  readonly status: 'ok';
  readonly matches: readonly string[];
  readonly cursor_start: number;
  readonly cursor_end: number;
  readonly metadata: Readonly<Record<string, unknown>>;
}

const maxMatches = 500;
const maxSignatures = 40;

/** What may stand at the cursor, with types. */
export function complete(checker: NativeChecker, code: string, cursor: number): CompleteReply {
  const at = toUtf16(code, cursor);
  const typed = /[\p{ID_Continue}$]*$/u.exec(code.slice(0, at))?.[0] ?? '';
  const { project, file, prelude } = checker.open(code);
  const entries =
    project.checker.getCompletionsAtPosition(file, prelude + at, { includeSymbol: true })?.entries ?? [];
  const exact = entries.filter(({ name }) => name.startsWith(typed) && !name.startsWith('__cell'));
  const lower = typed.toLowerCase();
  const found = exact.length > 0 ? exact : entries.filter(({ name }) => name.toLowerCase().startsWith(lower));
  const shown = [...found]
    .sort((a, b) => compare(a.sortText ?? a.name, b.sortText ?? b.name) || compare(a.name, b.name))
    .slice(0, maxMatches);
  const start = toCodePoints(code, at - typed.length);
  const types = shown.map(({ name, kind, symbol }, i) => {
    const type = symbol && i < maxSignatures ? project.checker.getTypeOfSymbol(symbol) : undefined;
    const signature = type ? project.checker.typeToString(type) : '';
    return { text: name, type: kindName(kind), start, end: cursor, signature };
  });
  return {
    status: 'ok',
    matches: shown.map(({ name }) => name),
    cursor_start: start,
    cursor_end: cursor,
    metadata: { _jupyter_types_experimental: types },
  };
}

function kindName(kind: CompletionItemKind | undefined): string {
  const name = kind === undefined ? undefined : CompletionItemKind[kind];
  return name ? name.toLowerCase() : '<unknown>';
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
