import { expect, it } from 'vitest';
import { isComplete } from './is-complete.ts';

it.each<[string, string]>([
  ['const x: number = 1', 'complete'],
  ['await null', 'complete'],
  ['%time await null', 'complete'],
  ['console?', 'complete'],
  ['', 'complete'],
  ['{ a: 1 }', 'complete'],
  ['function f(x: number) {', '  '],
  ['if (true) {\n  call(', '    '],
  ['const s = `a\n  b', '  '],
  ['/* open', ''],
  ['const o = {\n  a: [1, 2],', '  '],
  ['import = 7q', 'invalid'],
  [') + 1', 'invalid'],
])('%j is complete, invalid, or goes on with an indent: %j', (code, expected) => {
  const { status, indent } = isComplete(code);
  expect(status === 'incomplete' ? indent : status).toBe(expected);
});
