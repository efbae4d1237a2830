import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digest } from '@fovea/files';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkedFiles, type CheckedFile } from './checked-files.ts';

const contents: Record<string, Buffer> = { a: Buffer.from('alpha'), b: Buffer.from('beta') };
const files: CheckedFile[] = Object.entries(contents).map(([name, bytes]) => ({
  name,
  bytes: bytes.length,
  sha256: digest(bytes),
}));

let folder = '';
let made: string[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fovea-data-'));
  made = [];
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  vi.restoreAllMocks();
});

async function* make(missing: readonly CheckedFile[]): AsyncGenerator<readonly [CheckedFile, Uint8Array]> {
  for (const file of missing) {
    made.push(file.name);
    yield [file, await Promise.resolve(contents[file.name])];
  }
}

describe('checkedFiles', () => {
  it('makes everything once and reads it afterwards', async () => {
    for (let call = 0; call < 2; call++) {
      const [b] = await checkedFiles(folder, [files[1]], files, make);
      expect(Buffer.from(b).toString()).toBe('beta');
      expect(made).toEqual(['a', 'b']);
    }
  });
  it.each([
    ['truncated', 'alp'],
    ['changed', 'alphx'],
  ])('makes a %s file again, and only that', async (_, damage) => {
    await checkedFiles(folder, files, files, make);
    writeFileSync(join(folder, 'a'), damage);
    made = [];
    await checkedFiles(folder, files, files, make);
    expect(made).toEqual(['a']);
    expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('alpha');
  });
  it('resumes after an interruption: finished files stay, half-written ones go', async () => {
    const interrupted = async function* (missing: readonly CheckedFile[]): ReturnType<typeof make> {
      yield [missing[0], await Promise.resolve(contents.a)];
      throw new Error('interrupted');
    };
    await expect(checkedFiles(folder, files, files, interrupted)).rejects.toThrow('interrupted');
    writeFileSync(join(folder, 'b.999999999.0.tmp'), 'be');
    await checkedFiles(folder, files, files, make);
    expect(made).toEqual(['b']);
    expect(readdirSync(folder)).toEqual(['a', 'b']);
  });
  it('never keeps what differs from its digest', async () => {
    const wrong = async function* (missing: readonly CheckedFile[]): ReturnType<typeof make> {
      yield [missing[0], await Promise.resolve(Buffer.from('other'))];
    };
    await expect(checkedFiles(folder, files, files, wrong)).rejects.toThrow(
      'what was made for a is wrong: 5 bytes',
    );
    expect(readdirSync(folder)).toEqual([]);
  });
  it('names a file that the maker forgot', async () => {
    const lazy = async function* (): ReturnType<typeof make> {};
    await expect(checkedFiles(folder, files, files, lazy)).rejects.toThrow('a was not made');
  });
});
