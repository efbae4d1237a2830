import type * as TypeScript from 'typescript';
import { typescript } from '../compiler/typescript.ts';

/** A statement that is offered as a whole. */
export interface Snippet {
  readonly text: string;
  readonly description: string;
}

const snippets: readonly Snippet[] = [
  { text: 'async function name() {\n  \n}', description: 'asynchronous function' },
  { text: 'class Name {\n  constructor() {\n    \n  }\n}', description: 'class' },
  { text: 'for (const item of items) {\n  \n}', description: 'loop over items' },
  { text: 'for (const item of progress(items)) {\n  \n}', description: 'loop with a progress bar' },
  { text: 'for (let i = 0; i < count; i++) {\n  \n}', description: 'loop over numbers' },
  { text: 'for await (const item of items) {\n  \n}', description: 'loop over a stream' },
  { text: 'function name() {\n  \n}', description: 'function' },
  { text: 'if (condition) {\n  \n}', description: 'condition' },
  { text: "import * as name from 'module';", description: 'import of a whole module' },
  {
    text: "import { display, progress } from '@fovea/kernel/notebook';",
    description: 'functions of the notebook',
  },
  { text: "import { name } from 'module';", description: 'import by name' },
  { text: 'interface Name {\n  \n}', description: 'interface' },
  { text: 'switch (value) {\n  case 1:\n    break;\n}', description: 'choice by value' },
  {
    text: 'try {\n  \n} catch (error) {\n  console.error(error);\n}',
    description: 'errors are caught',
  },
  { text: 'while (condition) {\n  \n}', description: 'loop with a condition' },
];

/** Statements that begin with a word that is being typed between `start` and `end`; none where no statement may begin. */
export function snippetsAt(code: string, start: number, end: number): Snippet[] {
  const typed = code.slice(start, end);
  const found = typed === '' ? [] : snippets.filter(({ text }) => text.startsWith(typed));
  if (found.length === 0 || !beginsStatement(code, start, end)) return [];
  const line = code.slice(code.lastIndexOf('\n', start - 1) + 1, start);
  const indent = /^\s*/.exec(line)?.[0] ?? '';
  return found.map(({ text, description }) => ({ text: text.replaceAll('\n', `\n${indent}`), description }));
}

/** Whether a name in place of what is being typed would be a statement of its own. */
function beginsStatement(code: string, start: number, end: number): boolean {
  const ts = typescript();
  // Keywords would be read as statements that lack their rest.
  const text = `${code.slice(0, start)}typed${code.slice(end)}`;
  const file = ts.createSourceFile('cell.mts', text, ts.ScriptTarget.ESNext, true);
  let found = false;
  const visit = (node: TypeScript.Node): void => {
    if (start < node.pos || start >= node.end) return;
    if (ts.isExpressionStatement(node) && node.getStart(file) === start) {
      found = ts.isIdentifier(node.expression) && node.expression.text === 'typed';
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}
