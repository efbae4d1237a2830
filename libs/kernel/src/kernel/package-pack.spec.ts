import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { areNeighbours, compileWrapped, PackagePack, resolutionKey, writePack } from './package-pack.ts';
import { ageOf, now, stampOf } from './stamps.ts';

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
  writePack(file, { modules, resolved }, -Infinity);
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
    // Beside others that were there before, so that no folder above changes.
    'one/node_modules/@s/new/index.js',
    '@s/new/index.js',
  ]) {
    if (change.includes('@s')) put(change.replace('new', 'old'), '');
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
  writePack(file, content, -Infinity);
  expect([...PackagePack.open(file).content().modules.keys()]).toEqual([at('one/more.js')]);
  expect(stampOf(at('one/index.js'), 60_000)).toBeUndefined();
  writeFileSync(file, 'no pack');
  expect(PackagePack.open(file).content().modules.size).toBe(0);
});

test('what changes while a pack is open is not taken from it', () => {
  const opened = PackagePack.open(pack());
  put('one/index.js', 'exports.value = 2;');
  put('one/more/index.js', '');
  opened.refresh();
  expect(opened.take(at('one/index.js'))).toBeUndefined();
  expect(opened.resolve(at('one'), './more')).toBeUndefined();
  expect(valueOf(opened, 'one/more.js')).toBe('λ→∞');
});

test('another manifest ends all of its package, for it says what kind of module the files are', () => {
  put('one/package.json', '{ "main": "index.js" }');
  const file = pack();
  expect(valueOf(PackagePack.open(file), 'one/index.js')).toBe(1);
  put('one/package.json', '{ "main": "index.js", "type": "module" }');
  expect(PackagePack.open(file).content().modules.size).toBe(0);
});

test('names that were looked up before a folder changed are not kept', () => {
  const file = pack();
  const { modules, resolved } = PackagePack.open(file).content();
  const since = now();
  put('one/more/index.js', '');
  writePack(file, { modules, resolved: new Map(resolved) }, ageOf(since));
  expect(PackagePack.open(file).content().modules.size).toBe(2);
  expect(PackagePack.open(file).resolve(at('one'), './more')).toBeUndefined();
  // Somebody set the clock: no time stamp proves anything.
  expect(ageOf({ ...since, wall: since.wall + 3_600_000 })).toBe(Infinity);
  const elsewhere = new Map([[resolutionKey(at('other'), '../one/more.js'), at('one/more.js')]]);
  writePack(file, { modules, resolved: elsewhere }, -Infinity);
  expect(PackagePack.open(file).content().resolved.size).toBe(0);
});

test('a pack that was cut off or damaged gives back nothing that it does not have whole', () => {
  const file = pack();
  const bytes = readFileSync(file);
  const start = bytes.indexOf(10) + 1;
  for (const length of [0, start - 5, start, start + 20, bytes.length - 1]) {
    writeFileSync(file, bytes);
    truncateSync(file, length);
    const opened = PackagePack.open(file);
    for (const name of ['one/index.js', 'one/more.js'])
      expect([undefined, 1, 'λ→∞']).toContain(valueOf(opened, name));
    expect(valueOf(opened, 'one/more.js')).toBeUndefined();
    expect(PackagePack.open(file).content().modules.size).toBeLessThan(2);
  }
  const changed = Buffer.from(bytes);
  changed[start + 40] ^= 1;
  writeFileSync(file, changed.fill(0, bytes.length - 10));
  expect(PackagePack.open(file).content().modules.size).toBe(0);
});

test('a folder that nobody may write to leaves things as they are, and no rests', () => {
  const file = pack();
  const content = PackagePack.open(file).content();
  const blocked = join(folder, 'cache/pack/below');
  expect(() => writePack(blocked, content, -Infinity)).not.toThrow();
  chmodSync(dirname(file), 0o555);
  expect(() => writePack(file, content, -Infinity)).not.toThrow();
  chmodSync(dirname(file), 0o755);
  expect(readdirSync(dirname(file))).toEqual(['pack']);
  expect(valueOf(PackagePack.open(file), 'one/index.js')).toBe(1);
});

test('what a name means below another node_modules is decided elsewhere', () => {
  expect(areNeighbours('/a/node_modules/one/x.js', '/a/node_modules/two/y.js')).toBe(true);
  expect(areNeighbours('/a/b/node_modules/one/x.js', '/a/node_modules/two/y.js')).toBe(false);
  expect(areNeighbours('/a/libs/one/x.js', '/a/node_modules/two/y.js')).toBe(false);
});

test('a package that is linked to another place is another package', () => {
  put('.store/two@1/node_modules/two/index.js', 'exports.value = 1;');
  put('.store/two@2/node_modules/two/index.js', 'exports.value = 2;');
  symlinkSync(at('.store/two@1/node_modules/two'), at('two'));
  const file = pack();
  rmSync(at('two'));
  symlinkSync(at('.store/two@2/node_modules/two'), at('two'));
  expect(PackagePack.open(file).resolve(at('one'), './more')).toBeUndefined();
});
