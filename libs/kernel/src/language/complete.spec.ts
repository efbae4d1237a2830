import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { CellModules } from './cell-modules.ts';
import { complete, type CompleteReply } from './complete.ts';
import { inspectCode } from './inspect-code.ts';
import { NativeChecker } from './native-checker.ts';

const folder = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
const modules = new CellModules(folder);
modules.commit(
  '/** Mean of numbers. */\nfunction meanOf(values: readonly number[]): number { return values.length; }\n/** The last one. */\nlet meanLoss = 1;\ninterface MeanOptions { power: number }',
);
const checker = new NativeChecker(folder, modules);
afterAll(() => checker.close());

const at = (code: string): CompleteReply => complete(checker, code, code.length);
const typesOf = (reply: CompleteReply): { text: string; type: string; signature: string }[] =>
  reply.metadata._jupyter_types_experimental as { text: string; type: string; signature: string }[];

describe('completion', () => {
  it('offers names of earlier cells, with kinds and types', () => {
    const reply = at('mean');
    expect(reply.matches).toEqual(['meanLoss', 'meanOf']);
    expect(typesOf(reply)).toMatchObject([
      { text: 'meanLoss', type: 'variable', signature: 'number' },
      { text: 'meanOf', type: 'function', signature: '(values: readonly number[]) => number' },
    ]);
  });

  it('offers types where only they fit the letters', () => {
    expect(typesOf(at('let options: MeanO'))).toMatchObject([{ text: 'MeanOptions', type: 'interface' }]);
  });

  it('offers what the cell itself declares around the cursor, and nothing of other functions', () => {
    const code =
      'function other(abHidden: 1) {} const abTop = 1; function f(abInner: string) { let abLocal = 2; ab';
    expect(at(code).matches).toEqual(expect.arrayContaining(['abInner', 'abLocal', 'abTop']));
    expect(at(code).matches).not.toContain('abHidden');
  });

  it('offers whole statements where one may begin, after everything else', () => {
    const loops = typesOf(at('const a = 1;\nfor')).filter(({ type }) => type === 'snippet');
    expect(loops.map(({ text }) => text.split('\n')[0])).toEqual([
      'for (const item of items) {',
      'for (const item of progress(items)) {',
      'for (let i = 0; i < count; i++) {',
      'for await (const item of items) {',
    ]);
    expect(at('for').matches[0]).toBe('for');
    expect(at('asyn').matches.at(-1)).toBe('async function name() {\n  \n}');
    expect(at('import').matches).toContain("import { display, progress } from '@fovea/kernel/notebook';");
  });

  it('indents a statement like its line', () => {
    expect(at('if (a) {\n  whil').matches).toContain('while (condition) {\n    \n  }');
  });

  it.each(['const a = for', 'f(for', 'a.for', 'x\n  + for', '"for', '// for', 'type A = for', '({ for'])(
    'offers no statement inside %j',
    (code) => {
      expect(typesOf(at(code)).filter(({ type }) => type === 'snippet')).toEqual([]);
    },
  );

  it('offers globals of the language, of Node and of notebooks, and keywords', () => {
    expect(at('cons').matches).toEqual(['console', 'const']);
    expect(at('proc').matches).toContain('process');
    expect(at('displa').matches).toEqual(['display']);
  });

  it('offers modules, files and what a module exports', () => {
    expect(at("import { x } from 'node:fs/").matches).toEqual(['node:fs/promises']);
    expect(at("import * as x from '@fovea/ker").matches).toEqual(['@fovea/kernel']);
    expect(at("const x = await import('./src/language/complete-").matches).toEqual(['complete-imports.ts']);
    expect(at("import x from './sr").matches).toEqual(['src/']);
    const named = 'import { readFileS } from "node:fs"';
    expect(complete(checker, named, 18)).toMatchObject({
      matches: ['readFileSync'],
      cursor_start: 9,
      cursor_end: 18,
    });
  });

  it('offers members after a dot and nothing inside of text', () => {
    expect(at('Number.MAX_S').matches).toEqual(['MAX_SAFE_INTEGER']);
    expect(at('"some mean').matches).toEqual([]);
    expect(at('[...mean').matches).toContain('meanOf');
  });
});

describe('inspection', () => {
  it('shows documentation that an earlier cell gave, of functions and of variables', () => {
    const text = (code: string): string | undefined =>
      inspectCode(checker, code, code.length).data['text/plain'];
    expect(text('meanOf')).toBe('meanOf: (values: readonly number[]) => number\n\nMean of numbers.');
    expect(text('meanLoss')).toBe('meanLoss: number\n\nThe last one.');
  });
});
