import { describe, expect, it } from 'vitest';
import { tarEntries } from '../index.ts';
import { makeTar } from '../testing/make-tar.ts';

const files = { 'package/a.txt': Buffer.from('hello'), 'package/b.bin': Buffer.alloc(1500, 7) };

describe('tarEntries', () => {
  it('yields every file with its bytes, in order', () => {
    const entries = [...tarEntries(new Uint8Array(makeTar(files)))];
    expect(entries.map(({ name }) => name)).toEqual(['package/a.txt', 'package/b.bin']);
    expect(Buffer.from(entries[0].data).toString()).toBe('hello');
    expect(entries[1].data).toEqual(new Uint8Array(1500).fill(7));
  });
  it('says where an archive is cut short or corrupt', () => {
    const tar = makeTar(files);
    expect(() => [...tarEntries(tar.subarray(0, 1600))]).toThrow(
      'package/b.bin at byte 1024 needs 1500 bytes, 64 are left',
    );
    expect(() => [...tarEntries(tar.subarray(0, 1300))]).toThrow('cut short at byte 1024');
    const corrupt = Buffer.from(tar);
    corrupt[1030] ^= 1;
    expect(() => [...tarEntries(corrupt)]).toThrow('the header at byte 1024 is corrupt (wrong checksum)');
  });
  it('takes an empty archive', () => {
    expect([...tarEntries(new Uint8Array(1024))]).toEqual([]);
  });
});
