import { mkdirSync, mkdtempSync, realpathSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { stampOf } from './stamps.ts';
import { compileWrapped, PackagePack, resolutionKey, writePack } from './package-pack.ts';

let folder: string;
const at = (name: string): string => join(folder, 'node_modules', name);
const put = (name: string, text: string): void => {
  mkdirSync(dirname(at(name)), { recursive: true });
  writeFileSync(at(name), text);
};
const wrapped = (text: string): string => `(function (exports) { ${text}\n});`;

/** A pack of a package with two files, one of which has letters beyond Latin. */
function pack(): string {
  const texts = { 'one/index.js': 'exports.value = 1;', 'one/more.js': 'exports.value = "λ→∞";' };
  const modules = new Map(
    Object.entries(texts).map(([name, text]) => {
      put(name, text);
      const source = wrapped(text);
      const code = compileWrapped(at(name), source).createCachedData();
      return [at(name), { source, code, stamp: stampOf(at(name)) ?? '' }];
    }),
  );
  const file = join(folder, 'cache/pack');
  const resolved = new Map([[resolutionKey(at('one'), './more'), at('one/more.js')]]);
  writePack(file, { modules, resolved });
  return file;
}

function valueOf(opened: PackagePack, name: string): unknown {
  const exports: { value?: unknown } = {};
  (opened.take(at(name))?.runInThisContext() as ((exports: object) => void) | undefined)?.(exports);
  return exports.value;
}

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'fovea-pack-')));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

test('a pack gives back each file once, and what names mean', () => {
  const opened = PackagePack.open(pack());
  expect(opened.resolve(at('one'), './more')).toBe(at('one/more.js'));
  expect(opened.resolve(at('one'), './other')).toBeUndefined();
  expect([...opened.prepare(() => false)]).toHaveLength(2);
  expect(valueOf(opened, 'one/index.js')).toBe(1);
  expect(valueOf(opened, 'one/more.js')).toBe('λ→∞');
  expect(opened.take(at('one/index.js'))).toBeUndefined();
});

test('a file that was written again is not in it, even with its size and time of before', () => {
  const file = pack();
  const time = new Date(2020, 1, 1);
  put('one/index.js', 'exports.value = 2;');
  utimesSync(at('one/index.js'), time, time);
  const opened = PackagePack.open(file);
  expect(opened.take(at('one/index.js'))).toBeUndefined();
  expect(valueOf(opened, 'one/more.js')).toBe('λ→∞');
});

test('a new file or another manifest beside the files ends what names mean', () => {
  for (const change of [
    'one/more/index.js',
    'one/node_modules/two/index.js',
    'one/package.json',
    'three/index.js',
  ]) {
    const file = pack();
    expect(PackagePack.open(file).resolve(at('one'), './more')).toBe(at('one/more.js'));
    put(change, '{}');
    expect(PackagePack.open(file).resolve(at('one'), './more')).toBeUndefined();
    rmSync(at(''), { recursive: true });
  }
});

test('a file that changed after it was read is not kept; a broken pack is an empty one', () => {
  const file = pack();
  const content = PackagePack.open(file).content();
  expect(content.modules.size).toBe(2);
  put('one/index.js', 'exports.value = 2;');
  writePack(file, content);
  expect([...PackagePack.open(file).content().modules.keys()]).toEqual([at('one/more.js')]);
  expect(stampOf(at('one/index.js'), 60_000)).toBeUndefined();
  writeFileSync(file, 'no pack');
  expect(PackagePack.open(file).content().modules.size).toBe(0);
});
