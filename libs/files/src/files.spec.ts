import { spawnSync } from 'node:child_process';
import { mkdtempSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  canonicalJson,
  concatenated,
  digest,
  digestJson,
  digestSources,
  workspaceRoot,
  writeFileAtomic,
} from './index.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fovea-files-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('workspaceRoot', () => {
  it('is the folder that holds nx.json, whatever the current directory', () => {
    expect(readdirSync(workspaceRoot())).toContain('nx.json');
  });
});

describe('writeFileAtomic', () => {
  it('makes folders, writes the bytes and leaves no sibling', () => {
    const path = join(folder, 'a/b/c.json');
    writeFileAtomic(path, 'one');
    writeFileAtomic(path, 'two');
    expect(readFileSync(path, 'utf8')).toBe('two');
    expect(readdirSync(join(folder, 'a/b'))).toEqual(['c.json']);
  });
  it('keeps the old file and leaves no sibling when it cannot write', () => {
    const path = join(folder, 'taken');
    mkdirSync(path);
    expect(() => writeFileAtomic(path, 'x')).toThrow(`could not write ${path}`);
    expect(readdirSync(folder)).toEqual(['taken']);
  });
  it('names the file when its folder cannot be one', () => {
    const file = join(folder, 'file');
    writeFileAtomic(file, 'x');
    expect(() => {
      writeFileAtomic(join(file, 'below'), 'x');
    }).toThrow(`could not write ${join(file, 'below')}`);
    expect(readFileSync(file, 'utf8')).toBe('x');
  });
  it('says what to do when the disk is full, and keeps the old file', ({ skip }) => {
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder]).status !== 0) {
      skip('a small disk needs the right to mount one');
    }
    try {
      const path = join(folder, 'record.json');
      writeFileAtomic(path, 'old');
      expect(() => {
        writeFileAtomic(path, Buffer.alloc(1e6));
      }).toThrow('the disk is full. Free some space and run the command again.');
      expect(readFileSync(path, 'utf8')).toBe('old');
      expect(readdirSync(folder)).toEqual(['record.json']);
    } finally {
      spawnSync('umount', [folder]);
    }
  });
});

describe('concatenated', () => {
  it('holds the arrays one after the other, in memory of its own', () => {
    const first = Uint8Array.of(1, 2);
    const all = concatenated([first, Uint8Array.of(), Uint8Array.of(3)]);
    expect(all).toEqual(Uint8Array.of(1, 2, 3));
    first[0] = 9;
    expect(all[0]).toBe(1);
    expect(concatenated([Float32Array.of(0.5)])).toEqual(Float32Array.of(0.5));
  });
  it('refuses no array at all', () => {
    expect(() => concatenated([])).toThrow('at least one array');
  });
});

describe('digests', () => {
  it('equal the published SHA-256 of "abc"', () => {
    expect(digest('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });
  it('do not depend on the order of keys, and do on the order of items', () => {
    expect(digestJson({ a: 1, b: { c: [1, 2], d: undefined } })).toBe(digestJson({ b: { c: [1, 2] }, a: 1 }));
    expect(digestJson([1, 2])).not.toBe(digestJson([2, 1]));
  });
  it('refuse what JSON cannot hold', () => {
    expect(() => canonicalJson({ lr: NaN })).toThrow('JSON holds no NaN');
    expect(() => canonicalJson([() => 1])).toThrow('a function is no JSON value');
  });
  it('of sources change with a source and not with a test', () => {
    writeFileSync(join(folder, 'x.ts'), 'export {};');
    const before = digestSources([folder], folder);
    writeFileSync(join(folder, 'x.spec.ts'), 'test');
    expect(digestSources([folder], folder)).toBe(before);
    writeFileSync(join(folder, 'x.ts'), 'export { };');
    expect(digestSources([folder], folder)).not.toBe(before);
  });
});
