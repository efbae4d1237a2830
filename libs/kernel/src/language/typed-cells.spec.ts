import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { CellModules } from './cell-modules.ts';
import { NativeChecker } from './native-checker.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'fovea-typed-')));
const put = (name: string, text: string): void => {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
};
put('plain.ts', 'export const plain: number = 1;');
put('folder/index.ts', 'export const inner: number = 1;');
put('a.b.ts', 'export const dotted: number = 1;');
put('data.json', '{ "rows": [1], "name": "n" }');
const modules = new CellModules(folder);
const checker = new NativeChecker(folder, modules);
afterAll(() => {
  checker.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs cells as far as types go, and tells the errors of each. */
function errorsOf(...cells: string[]): string[] {
  return cells.flatMap((cell, i) => {
    const found = checker.check(cell, () => undefined);
    modules.commit(cell);
    return found.map(
      ({ message, line, column }) => `${i + 1}:${line + 1}:${column + 1} ${message.split('\n')[0]}`,
    );
  });
}

describe('types of cells hold for', () => {
  it.each<[string, ...string[]]>([
    ['lists that are filled later', 'const list1 = []; list1.push(1)', 'list1.push("a"); list1.length'],
    [
      'a variable that begins as null',
      'let best3 = null; for (const v of [1, 2]) if (best3 === null || v > best3) best3 = v',
      'best3 = "other"',
    ],
    [
      'a variable that a callback sets',
      'let done4; new Promise((resolve) => { done4 = resolve }); done4?.(1)',
      'done4(1)',
    ],
    ['an object literal of several parts as a cell', '{ a: 1, b: [2] }'],
    [
      'a name that is a type first and a value later',
      'type Pair5 = [number, number]',
      'const Pair5 = (a: number, b: number): Pair5 => [a, b]',
      'const p5: Pair5 = Pair5(1, 2)',
    ],
    [
      'a name that is a value first and a type later',
      'const Q6 = 5',
      'type Q6 = string',
      'const q6: Q6 = "s"; Q6.toFixed(1)',
      'const r6: Q6 = "t"',
    ],
    [
      'a variable that becomes a type too',
      'let V7 = 5',
      'interface V7 { a: number }',
      'V7 = 6; const v7: V7 = { a: V7 }',
    ],
    [
      'a class to which a later cell adds an interface',
      'class A8 { v = 1 }',
      'interface A8 { w?: number }',
      'new A8().v.toFixed(1); const a8: A8 = { w: 1 }',
    ],
    ['a class that becomes a constant', 'class A9 { v = 1 }', 'const A9 = 5', 'A9.toFixed(1)'],
    [
      'a class that becomes another class',
      'class A10 { v = 1 }',
      'const before10 = new A10()',
      'class A10 { w = "x" }',
      'new A10().w.toUpperCase(); before10.v.toFixed(1)',
    ],
    [
      'an enum that becomes a type, and a type that becomes an enum',
      'enum E11 { A }',
      'type E11 = number',
      'enum E11 { Z = "z" }',
      'const e11: E11 = E11.Z',
    ],
    [
      'a function that becomes a class and then a variable',
      'function F12() { return 1 }',
      'class F12 { x = 2 }',
      'new F12().x',
      'let F12 = 3',
      'F12 = 4',
    ],
    [
      'an import that becomes a variable, a function and a type',
      'import { join as j13 } from "node:path"',
      'const j13 = 5',
      'j13.toFixed(1)',
      'import { sep as j13 } from "node:path"',
      'function j13() { return "f" }',
      'j13().toUpperCase()',
      'import type { Stats as j13 } from "node:fs"',
      'type j13 = number; const k13: j13 = 1',
    ],
    [
      'a namespace that becomes another',
      'namespace N14 { export const a = 1 }',
      'namespace N14 { export const b = "x" }',
      'N14.b.toUpperCase()',
    ],
    [
      'modules without their endings, and folders',
      'import { plain } from "./plain"; import { inner } from "./folder"; import { dotted } from "./a.b"',
      'plain.toFixed(inner + dotted)',
      'const later15 = await import("./plain"); later15.plain.toFixed(1)',
    ],
    [
      'JSON, as a whole and in parts',
      'import data from "./data.json"; import { name as named16 } from "./data.json";',
      'data.rows[0]!.toFixed(1); named16.toUpperCase()',
    ],
    [
      'decorators, using and loops of awaits',
      'const d17 = (v: unknown, c: ClassDecoratorContext) => void c.name; @d17 class D17 {}; using u17 = { [Symbol.dispose]() {} }; for await (const x of [Promise.resolve(1)]) x.toFixed(1)',
      'u17; new D17()',
    ],
    [
      'export default of every kind',
      'export default function nf18() { return 1 }',
      'nf18().toFixed(1)',
      'export default class { v = 1 }',
      'export default 7',
      'let ex18 = 1',
      'export { ex18 }',
      'ex18 = 2',
    ],
  ])('%s', (_, ...cells) => {
    expect(errorsOf(...cells)).toEqual([]);
  });

  it.each<[string, RegExp, ...string[]]>([
    [
      'a value of another type',
      /^2:1:1 .*'string' is not assignable to type 'number'/,
      'let n30 = 1',
      'n30 = "s"',
    ],
    [
      'a later type of a name',
      /^3:1:7 .*not assignable/,
      'const Q31 = 5',
      'type Q31 = string',
      'const q31: Q31 = 1',
    ],
    [
      'a later class',
      /^3:1:11 .*'v' does not exist/,
      'class A32 { v = 1 }',
      'class A32 { w = 1 }',
      'new A32().v',
    ],
    [
      'a class that is a constant now',
      /^3:1:12 .*refers to a value/,
      'class A33 { v = 1 }',
      'const A33 = 5',
      'const x33: A33 = 1',
    ],
    [
      'an import without its ending',
      /^1:1:53 .*'number' is not assignable to type 'string'/,
      'import { plain as p34 } from "./plain"; /* */ const t34: string = p34',
    ],
    [
      'a part of an object literal',
      /^1:1:15 .*'toUpperCase' does not exist/,
      '{ a: 1, b: 2..toUpperCase() }',
    ],
    ['what follows an untyped variable', /^1:1:10 .*not assignable/, 'let a35, b35: number = "s"'],
    [
      'JSON',
      /^2:1:13 .*'toUpperCase' does not exist/,
      'import rows36 from "./data.json"',
      'rows36.rows.toUpperCase',
    ],
    [
      'a module that is not there',
      /^1:1:19 Cannot find module '\.\/nowhere\.ts'/,
      'import { x } from "./nowhere.ts"',
    ],
    [
      'a type that was declared again since',
      /^4:1:5 .*in type 'I38' but required in type 'I38 \(declared before\)'/,
      'interface I38 { a: number }',
      'const f38 = (i: I38) => i.a',
      'interface I38 { b: string }',
      'f38({ b: "" } as I38)',
    ],
    [
      'what may be null',
      /'?b37'? is possibly 'null'|Object is possibly 'null'/,
      'const b37: { v: number } | null = JSON.parse("null")',
      'b37.v',
    ],
  ])('and not for %s', (_, error, ...cells) => {
    const found = errorsOf(...cells);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(error);
  });

  it('a module that was not there, or lacked a name, when it was first asked for', () => {
    expect(errorsOf('import { made } from "./made.ts"; made')).toHaveLength(1);
    put('made.ts', 'export const made: number = 1;');
    expect(errorsOf('import { made } from "./made.ts"; made.toFixed(1)')).toEqual([]);
    expect(errorsOf('import { more } from "./made.ts"; more')).toHaveLength(1);
    put('made.ts', 'export const made: number = 1; export const more: string = "";');
    expect(errorsOf('import { more } from "./made.ts"; more.toUpperCase()')).toEqual([]);
    expect(errorsOf('import { np } from "np"; np')).toHaveLength(1);
    put('node_modules/np/package.json', '{ "name": "np", "version": "1.0.0", "types": "i.d.ts" }');
    put('node_modules/np/i.d.ts', 'export declare const np: number;');
    expect(errorsOf('import { np } from "np"; np.toFixed(1)')).toEqual([]);
  });
});
