import { CompletionItemKind, SymbolFlags } from 'typescript-native/unstable/sync';
import { moduleNames, namedModule } from './complete-imports.ts';
import { toCodePoints, toUtf16 } from './code-points.ts';
import { notebookNames } from './cell-modules.ts';
import type { NativeChecker, OpenCell } from './native-checker.ts';
import { snippetsAt } from './snippets.ts';
import { utilityTypes, visibleNames, words } from './visible-names.ts';

/** Content of a `complete_reply`. */
export interface CompleteReply {
  readonly status: 'ok';
  readonly matches: readonly string[];
  readonly cursor_start: number;
  readonly cursor_end: number;
  readonly metadata: Readonly<Record<string, unknown>>;
}

type Symbol = Parameters<OpenCell['project']['checker']['getAliasedSymbol']>[0];

interface Candidate {
  readonly name: string;
  readonly rank: string;
  readonly kind?: CompletionItemKind | undefined;
  readonly symbol?: Symbol | undefined;
  /** What a whole statement is for. */
  readonly snippet?: string;
}

const maxMatches = 500;
const maxSignatures = 40;

const anyMeaning: SymbolFlags = SymbolFlags.Value | SymbolFlags.Type | SymbolFlags.Alias;

/** What may stand at the cursor, with types. */
export function complete(checker: NativeChecker, code: string, cursor: number): CompleteReply {
  const at = toUtf16(code, cursor);
  const module = moduleNames(code.slice(0, at), checker.folder);
  if (module) {
    const all = module.names.map((name) => ({ name, rank: '', kind: CompletionItemKind.Module }));
    return reply(code, at, module.typed, all, ({ kind }) => ({ type: kindName(kind), signature: '' }));
  }
  const typed = /[\p{ID_Continue}$]*$/u.exec(code.slice(0, at))?.[0] ?? '';
  const from = namedModule(code.slice(0, at), code.slice(at));
  if (from !== undefined) {
    const text = `import * as exported from ${JSON.stringify(from)};\nexported.`;
    const open = checker.sketch(text, ' ');
    return reply(code, at, typed, members(open, text.length), (one) => described(open, one, text.length));
  }
  const before = code.slice(0, at - typed.length);
  // `...` spreads a name; a single dot, also after a question mark, asks for a member.
  const bare = !/(^|[^.])\.\s*$|#$/.test(before) && !/(^|[^\\])['"`][^'"`\n]*$/.test(lastLine(before));
  const globals = bare ? checker.globals() : [];
  const open = checker.sketch(code, bare ? typed : ' ');
  const all = bare
    ? [...names(open, globals, code, at), ...statements(code, at - typed.length, at)]
    : members(open, at);
  return reply(code, at, typed, all, (one) => described(open, one, at));
}

/** Those candidates that begin like what is typed, the best first. */
function reply(
  code: string,
  at: number,
  typed: string,
  all: readonly Candidate[],
  describe: (candidate: Candidate) => { type: string; signature: string },
): CompleteReply {
  const exact = all.filter(({ name }) => name.startsWith(typed));
  const lower = typed.toLowerCase();
  const found = exact.length > 0 ? exact : all.filter(({ name }) => name.toLowerCase().startsWith(lower));
  const shown = [...found]
    .sort((a, b) => compare(a.rank, b.rank) || compare(a.name, b.name))
    .slice(0, maxMatches);
  const [start, end] = [toCodePoints(code, at - typed.length), toCodePoints(code, at)];
  const types = shown.map((candidate, i) => ({
    text: candidate.name,
    start,
    end,
    ...(i < maxSignatures || candidate.snippet !== undefined
      ? describe(candidate)
      : { type: kindName(candidate.kind), signature: '' }),
  }));
  return {
    status: 'ok',
    matches: shown.map(({ name }) => name),
    cursor_start: start,
    cursor_end: end,
    metadata: { _jupyter_types_experimental: types },
  };
}

/** What the type before the dot has. */
function members({ project, file, prelude }: OpenCell, at: number): Candidate[] {
  const list = project.checker.getCompletionsAtPosition(file, prelude + at, { includeSymbol: true });
  return (list?.entries ?? []).map(({ name, sortText, kind, symbol }) => ({
    name,
    rank: sortText ?? name,
    kind,
    symbol,
  }));
}

/** Names in scope, nearest first. The compiler would list them only with an index of all that could be imported. */
function names(open: OpenCell, globals: readonly string[], code: string, at: number): Candidate[] {
  const ranks = new Map<string, string>();
  const add = (all: Iterable<string>, rank: string): void => {
    for (const name of all) if (!ranks.has(name)) ranks.set(name, rank);
  };
  const typing = /[\p{ID_Continue}$]*$/u.exec(code.slice(0, at))?.[0];
  const own = visibleNames(code, at);
  // The word that is being typed may look like a declaration of itself.
  add(
    own.filter((name) => name !== typing),
    '1',
  );
  add(open.offered, '2');
  add(notebookNames, '3');
  add(globals, '4');
  add(utilityTypes, '5');
  add(words, '6');
  return [...ranks].map(([name, rank]) => ({
    name,
    rank,
    kind: rank === '6' ? CompletionItemKind.Keyword : rank === '5' ? CompletionItemKind.Interface : undefined,
  }));
}

/** Whole statements, last of all. */
function statements(code: string, start: number, end: number): Candidate[] {
  return snippetsAt(code, start, end).map(({ text, description }) => ({
    name: text,
    rank: '7',
    snippet: description,
  }));
}

function described(
  { project, file, prelude }: OpenCell,
  { name, kind, symbol, snippet }: Candidate,
  at: number,
): { type: string; signature: string } {
  if (snippet !== undefined) return { type: 'snippet', signature: snippet };
  const { checker } = project;
  let found =
    symbol ??
    (kind ? undefined : checker.resolveName(name, anyMeaning, { document: file, position: prelude + at }));
  if (found && found.flags & SymbolFlags.Alias) found = checker.getAliasedSymbol(found);
  if (!found) return { type: kindName(kind), signature: '' };
  const type = found.flags & SymbolFlags.Value ? checker.getTypeOfSymbol(found) : undefined;
  const signature = type ? checker.typeToString(type) : '';
  return { type: kind ? kindName(kind) : symbolKind(found.flags), signature };
}

function symbolKind(flags: SymbolFlags): string {
  if (flags & SymbolFlags.Function) return 'function';
  if (flags & SymbolFlags.Class) return 'class';
  if (flags & SymbolFlags.Enum) return 'enum';
  if (flags & SymbolFlags.Variable) return 'variable';
  if (flags & SymbolFlags.Module) return 'module';
  return 'interface';
}

function kindName(kind: CompletionItemKind | undefined): string {
  const name = kind === undefined ? undefined : CompletionItemKind[kind];
  return name ? name.toLowerCase() : '<unknown>';
}

function lastLine(text: string): string {
  return text.slice(text.lastIndexOf('\n') + 1);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
