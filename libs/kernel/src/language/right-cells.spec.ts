import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CellModules } from './cell-modules.ts';
import { NativeChecker } from './native-checker.ts';
import { RightCells } from './right-cells.ts';

let folder: string;
const put = (name: string, text: string): string => {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
};
const cell = 'import { size } from "one"; const twice: number = size * 2;';

/** Errors that a new kernel tells of a cell, and whether it had to ask the compiler. */
function checked(source: string): { errors: string[]; behind: boolean } {
  const checker = new NativeChecker(folder, new CellModules(folder));
  const errors = checker.check(source, () => undefined).map(({ message }) => message);
  const behind = checker.isBehind;
  checker.tidy();
  checker.close();
  return { errors, behind };
}

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'fovea-right-')));
  put('node_modules/one/package.json', '{ "name": "one", "version": "1.0.0", "types": "index.d.ts" }');
  put('node_modules/one/index.d.ts', 'export declare const size: number;');
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

test('a cell that was right is right for the next kernel, until the types that it imports change', () => {
  expect(checked(cell)).toEqual({ errors: [], behind: false });
  expect(checked(cell)).toEqual({ errors: [], behind: true });
  put('node_modules/one/index.d.ts', 'export declare const size: string;');
  expect(checked(cell).errors[0]).toMatch(/arithmetic operation/);
  put('node_modules/one/index.d.ts', 'export declare const size: number;');
  expect(checked(cell)).toEqual({ errors: [], behind: false });
}, 60_000);

test('a cell that uses names of earlier cells, or a local module, is checked each time', () => {
  put('local.ts', 'export const size = 1;');
  const local = 'import { size } from "./local.ts"; const twice: number = size * 2;';
  expect(checked(local)).toEqual({ errors: [], behind: false });
  expect(checked(local)).toEqual({ errors: [], behind: false });
  const modules = new CellModules(folder);
  modules.commit('let factor: number = 2;');
  for (const type of ['number', 'string']) {
    const checker = new NativeChecker(folder, modules);
    const errors = checker.check(`${cell} const all: ${type} = twice * factor;`, () => undefined);
    expect(errors).toHaveLength(type === 'number' ? 0 : 1);
    checker.tidy();
    checker.close();
  }
}, 60_000);

test('what is beside the packages counts as well', () => {
  const declared = join(folder, 'node_modules/one/index.d.ts');
  for (const change of [
    'node_modules/one/node_modules/two/index.d.ts',
    'node_modules/two/index.d.ts',
    'node_modules/one/package.json',
    'package.json',
  ]) {
    const cells = new RightCells(folder, 'compiler');
    cells.add(cell, [declared], 0);
    expect(cells.has(cell)).toBe(false);
    cells.add(cell, [declared], Date.now() + 1);
    expect(cells.has(cell)).toBe(true);
    expect(new RightCells(folder, 'another compiler').has(cell)).toBe(false);
    expect(new RightCells(join(folder, 'below'), 'compiler').has(cell)).toBe(false);
    put(change, '{ "name": "another" }');
    expect(cells.has(cell)).toBe(false);
    cells.forget(cell);
  }
});
