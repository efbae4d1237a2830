import { createRequire } from 'node:module';
import type * as Acorn from 'acorn';
import { visitFreeNames } from '../compiler/free-names.ts';
import { topLevelNames } from '../compiler/names.ts';
import type { Scope } from './scope.ts';

const require = createRequire(import.meta.url);

/** Where a direct `eval` stands. */
export interface EvalPlace {
  /** Names that functions and blocks around it bind; the engine finds those by itself. */
  readonly locals: readonly string[];
  /** Whether `this` is that of a function. */
  readonly ownThis: boolean;
  /** What the kernel is called there. */
  readonly kernel: string;
}

/**
 * The text of a direct `eval` with the names that cells declare led to their bindings.
 * What is no text, or no JavaScript, is returned as it is: `eval` knows what to do with it.
 */
export function evaluated(text: unknown, scope: Scope, { locals, ownThis, kernel }: EvalPlace): unknown {
  if (typeof text !== 'string') return text;
  let program: Acorn.Program;
  try {
    const { parse } = require('acorn') as typeof Acorn;
    program = parse(`"use strict";${text}`, { ecmaVersion: 'latest', allowReturnOutsideFunction: false });
  } catch {
    return text;
  }
  const shift = '"use strict";'.length;
  const own = new Set([...locals, ...topLevelNames(program).keys()]);
  const known = scope.known();
  const edits: [start: number, end: number, text: string][] = [];
  visitFreeNames(program, {
    name: ({ node: { name, start, end }, role, shorthand }) => {
      const kind = known.get(name);
      if (own.has(name) || !kind) return;
      const fixed = kind === 'const' || kind === 'import';
      const member = role === 'typeof' ? 't' : role === 'write' && fixed ? 'K' : 'v';
      const access = `${kernel}.binding(${JSON.stringify(name)}).${member}`;
      const used = role === 'call' ? `(0, ${access})` : access;
      edits.push([start - shift, end - shift, shorthand ? `${name}: ${used}` : used]);
    },
    enter: ({ type, start, end }, _depth, inner) => {
      if (type === 'ThisExpression' && !inner && !ownThis)
        edits.push([start - shift, end - shift, '(void 0)']);
      if (type === 'ImportExpression')
        edits.push([start - shift, start - shift + 'import'.length, `${kernel}.import`]);
    },
  });
  return edits
    .sort(([a], [b]) => b - a)
    .reduce((code, [start, end, replacement]) => code.slice(0, start) + replacement + code.slice(end), text);
}
