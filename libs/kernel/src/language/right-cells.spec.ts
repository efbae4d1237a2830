import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { now } from '../kernel/stamps.ts';
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

/** File systems write times too early by up to this, and what is too young is not remembered. */
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 60));
const later = () => ({ wall: Date.now() + 500, steady: performance.now() + 500 });

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

test('a cell that was right is right for the next kernel, until the types that it imports change', async () => {
  await settled();
  expect(checked(cell)).toEqual({ errors: [], behind: false });
  expect(checked(cell)).toEqual({ errors: [], behind: true });
  put('node_modules/one/index.d.ts', 'export declare const size: string;');
  expect(checked(cell).errors[0]).toMatch(/arithmetic operation/);
  put('node_modules/one/index.d.ts', 'export declare const size: number;');
  await settled();
  expect(checked(cell)).toEqual({ errors: [], behind: false });
  expect(checked(cell)).toEqual({ errors: [], behind: true });
}, 60_000);

test('a cell that uses names of earlier cells, or a local module, is checked each time', async () => {
  for (const name of ['./local.ts', './local', './__local.ts', './__tests__/local.ts']) {
    put(name.endsWith('.ts') ? name : `${name}.ts`, 'export const size = 1;');
    await settled();
    const local = `import { size } from "${name}"; const twice: number = size * 2;`;
    expect(checked(local)).toEqual({ errors: [], behind: false });
    expect(checked(local)).toEqual({ errors: [], behind: false });
  }
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
    // Beside others that were there before, so that no folder above changes.
    'node_modules/one/node_modules/@types/new/index.d.ts',
    'node_modules/@types/new/index.d.ts',
  ]) {
    if (change.includes('@types')) put(change.replace('new', 'old'), '');
    const cells = new RightCells(folder, 'compiler');
    cells.add(cell, [declared], { wall: 0, steady: 0 });
    expect(cells.has(cell)).toBe(false);
    cells.add(cell, [declared], { ...now(), wall: Date.now() - 3_600_000 });
    expect(cells.has(cell)).toBe(false);
    cells.add(cell, [declared], later());
    expect(cells.has(cell)).toBe(true);
    expect(new RightCells(folder, 'another compiler').has(cell)).toBe(false);
    expect(new RightCells(join(folder, 'below'), 'compiler').has(cell)).toBe(false);
    put(change, '{ "name": "another" }');
    expect(cells.has(cell)).toBe(false);
    cells.forget(cell);
  }
});

test('types below a folder whose name begins with two underscores count too', async () => {
  put('node_modules/one/index.d.ts', 'export { size } from "./__generated__/size.js";');
  put('node_modules/one/__generated__/size.d.ts', 'export declare const size: number;');
  await settled();
  expect(checked(cell)).toEqual({ errors: [], behind: false });
  expect(checked(cell)).toEqual({ errors: [], behind: true });
  put('node_modules/one/__generated__/size.d.ts', 'export declare const size: string;');
  expect(checked(cell).errors[0]).toMatch(/arithmetic operation/);
}, 60_000);

test('a folder that changed since the compiler read it proves nothing of it', async () => {
  await settled();
  const checker = new NativeChecker(folder, new CellModules(folder));
  expect(checker.check(cell, () => undefined)).toEqual([]);
  put('node_modules/one/node_modules/two/index.d.ts', '');
  checker.tidy();
  checker.close();
  expect(checked(cell).behind).toBe(false);
}, 60_000);

test('paths of tsconfig.json, which may lead elsewhere tomorrow, and linked sources are looked at each time', async () => {
  put(
    'tsconfig.json',
    '{ "compilerOptions": { "paths": { "one": ["./src/one.ts", "./node_modules/one"] } } }',
  );
  await settled();
  for (let i = 0; i < 2; i++) expect(checked(cell)).toEqual({ errors: [], behind: false });
  put('src/one.ts', 'export const size = "text";');
  expect(checked(cell).errors[0]).toMatch(/arithmetic operation/);
  rmSync(join(folder, 'tsconfig.json'));
  put('libs/linked/package.json', '{ "name": "linked", "version": "1.0.0", "types": "index.d.ts" }');
  put('libs/linked/index.d.ts', 'export declare const size: number;');
  symlinkSync(join(folder, 'libs/linked'), join(folder, 'node_modules/linked'));
  await settled();
  const linked = cell.replace('one', 'linked');
  for (let i = 0; i < 2; i++) expect(checked(linked)).toEqual({ errors: [], behind: false });
}, 60_000);

test('what was found wrong is not right again, also where nobody can forget it', () => {
  const declared = join(folder, 'node_modules/one/index.d.ts');
  const cells = new RightCells(folder, 'compiler');
  cells.add(cell, [declared], later());
  const readOnly = new RightCells(folder, 'compiler');
  expect(readOnly.has(cell)).toBe(true);
  readOnly.forget(cell);
  cells.add(cell, [declared], later());
  expect(readOnly.has(cell)).toBe(false);
  cells.forget(cell);
});
