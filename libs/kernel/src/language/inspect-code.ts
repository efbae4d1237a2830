import { SymbolFlags } from 'typescript-native/unstable/sync';
import { toUtf16 } from './code-points.ts';
import type { NativeChecker } from './native-checker.ts';

/** Content of an `inspect_reply`. */
export interface InspectReply {
  readonly status: 'ok';
  readonly found: boolean;
  readonly data: Readonly<Record<string, string>>;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** Type and documentation of the name at the cursor; after an opening parenthesis, of what is called. */
export function inspectCode(checker: NativeChecker, code: string, cursor: number): InspectReply {
  const at = nameAt(code, toUtf16(code, cursor));
  const nothing: InspectReply = { status: 'ok', found: false, data: {}, metadata: {} };
  if (at === undefined) return nothing;
  const { project, file, prelude } = checker.sketch(code, ' ');
  const named = project.checker.getSymbolAtPosition(file, prelude + at);
  const symbol = named && named.flags & SymbolFlags.Alias ? project.checker.getAliasedSymbol(named) : named;
  const type = project.checker.getTypeAtPosition(file, prelude + at);
  if (!symbol && !type) return nothing;
  const name = named?.name ?? code.slice(at, /[^\p{ID_Continue}$]|$/u.exec(code.slice(at))?.index ?? at);
  const signature = type ? `${name}: ${project.checker.typeToString(type)}` : name;
  const text = symbol?.getDocumentationComment(project.checker) ?? '';
  const tags = symbol?.getJsDocTags(project.checker) ?? [];
  const notes = tags.map((tag) => `@${tag.name} ${typeof tag.text === 'string' ? tag.text : ''}`.trim());
  const rest = [text, notes.join('\n')].filter(Boolean).join('\n\n');
  const markdown = `\`\`\`ts\n${signature}\n\`\`\`${rest ? `\n\n${rest}` : ''}`;
  const plain = rest ? `${signature}\n\n${rest}` : signature;
  return {
    status: 'ok',
    found: true,
    data: { 'text/plain': plain, 'text/markdown': markdown },
    metadata: {},
  };
}

/** Offset of the name that the cursor touches, or that is being called where the cursor is between its parentheses. */
function nameAt(code: string, cursor: number): number | undefined {
  const before = /[\p{ID_Continue}$]+$/u.exec(code.slice(0, cursor));
  if (before) return before.index;
  if (/^[\p{ID_Start}$_]/u.test(code.slice(cursor))) return cursor;
  let depth = 0;
  for (let i = cursor - 1; i >= 0; i--) {
    if (code[i] === ')') depth++;
    else if (code[i] === '(' && depth-- === 0)
      return /[\p{ID_Continue}$]+(?=\s*$)/u.exec(code.slice(0, i))?.index;
  }
  return undefined;
}
