import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  decodeSafetensors,
  encodeSafetensors,
  readSafetensors,
  safeTensorFloats,
  writeSafetensors,
  type SafeTensor,
} from './index.ts';

/** What `safetensors.numpy.save` of Python's safetensors 0.8.0 makes of `everyKind()` with the metadata {format: pt}. */
const GOLDEN = [
  'qAEAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJmb3JtYXQiOiJwdCJ9LCJuIjp7ImR0eXBlIjoiSTY0Iiwic2hhcGUiOltdLCJkYXRhX29mZnNldHMi',
  'OlswLDhdfSwiYS53Ijp7ImR0eXBlIjoiRjMyIiwic2hhcGUiOlsyLDJdLCJkYXRhX29mZnNldHMiOls4LDI0XX0sIsOpIjp7ImR0eXBlIjoiRjMy',
  'Iiwic2hhcGUiOlswLDNdLCJkYXRhX29mZnNldHMiOlsyNCwyNF19LCIxMCI6eyJkdHlwZSI6IkkzMiIsInNoYXBlIjpbMl0sImRhdGFfb2Zmc2V0',
  'cyI6WzI0LDMyXX0sImgiOnsiZHR5cGUiOiJGMTYiLCJzaGFwZSI6WzNdLCJkYXRhX29mZnNldHMiOlszMiwzOF19LCJiIjp7ImR0eXBlIjoiVTgi',
  'LCJzaGFwZSI6WzNdLCJkYXRhX29mZnNldHMiOlszOCw0MV19LCJtIjp7ImR0eXBlIjoiQk9PTCIsInNoYXBlIjpbMl0sImRhdGFfb2Zmc2V0cyI6',
  'WzQxLDQzXX19ICAgBwAAAAAAAAAAAMA/AAAAwAAAAAAAAEBAAQAAAP////8APFQ1//sAAQIBAA==',
].join('');

function everyKind(): Map<string, SafeTensor> {
  return new Map<string, SafeTensor>([
    ['b', { dtype: 'U8', shape: [3], data: Uint8Array.of(0, 1, 2) }],
    ['a.w', { dtype: 'F32', shape: [2, 2], data: Float32Array.of(1.5, -2, 0, 3) }],
    ['10', { dtype: 'I32', shape: [2], data: Int32Array.of(1, -1) }],
    ['n', { dtype: 'I64', shape: [], data: BigInt64Array.of(7n) }],
    ['h', { dtype: 'F16', shape: [3], data: Uint16Array.of(0x3c00, 0x3554, 0xfbff) }],
    ['m', { dtype: 'BOOL', shape: [2], data: Uint8Array.of(1, 0) }],
    ['é', { dtype: 'F32', shape: [0, 3], data: new Float32Array(0) }],
  ]);
}

/** A file of a header as given and so many bytes of data. */
function file(header: unknown, data = 8): Uint8Array {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, Buffer.alloc(data)]);
}

const f32 = (begin: number, end: number, shape = [(end - begin) / 4]) => ({
  dtype: 'F32',
  shape,
  data_offsets: [begin, end],
});

describe('safetensors', () => {
  it("are byte for byte what Python's safetensors writes", () => {
    expect(Buffer.from(encodeSafetensors(everyKind(), { format: 'pt' })).toString('base64')).toBe(GOLDEN);
  });

  it('come back from a file as they went, every element type, with their metadata', () => {
    const folder = mkdtempSync(join(tmpdir(), 'fovea-safetensors-'));
    try {
      const path = join(folder, 'runs/w.safetensors');
      writeSafetensors(path, everyKind(), { note: 'ä "quoted"' });
      const { tensors, metadata } = readSafetensors(path);
      expect(metadata).toEqual({ note: 'ä "quoted"' });
      expect([...tensors.keys()].sort()).toEqual([...everyKind().keys()].sort());
      for (const [name, tensor] of everyKind()) expect(tensors.get(name)).toEqual(tensor);
      expect(readdirSync(join(folder, 'runs'))).toEqual(['w.safetensors']);
      writeFileSync(path, readFileSync(path).subarray(0, 100));
      expect(() => readSafetensors(path)).toThrow(`${path} is no sound safetensors file: it is cut short`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('start their data at a multiple of 8', () => {
    for (const name of ['w', 'ww', 'www', 'wwwwwwww']) {
      const bytes = encodeSafetensors(
        new Map([[name, { dtype: 'F32', shape: [], data: Float32Array.of(1) }]]),
      );
      expect((bytes.length - 4) % 8).toBe(0);
    }
  });

  it('have floats of single precision whatever their element type', () => {
    const { tensors } = decodeSafetensors(Buffer.from(GOLDEN, 'base64'));
    const floats = (name: string) => [...safeTensorFloats(tensors.get(name) as SafeTensor)];
    expect(floats('h')).toEqual([1, 0.3330078125, -65504]);
    expect(floats('n')).toEqual([7]);
    expect([...safeTensorFloats({ dtype: 'F64', shape: [1], data: Float64Array.of(0.1) })]).toEqual([
      Math.fround(0.1),
    ]);
    const bf16: SafeTensor = { dtype: 'BF16', shape: [2], data: Uint16Array.of(0x3fc0, 0xff80) };
    expect([...safeTensorFloats(bf16)]).toEqual([1.5, -Infinity]);
    const halves: SafeTensor = { dtype: 'F16', shape: [3], data: Uint16Array.of(1, 0x7c00, 0x7e00) };
    expect([...safeTensorFloats(halves)]).toEqual([2 ** -24, Infinity, NaN]);
  });

  const refused: [string, Uint8Array, string][] = [
    ['an empty file', new Uint8Array(0), 'cut short, with 0 bytes in all'],
    ['a header cut short', file({ w: f32(0, 8) }).subarray(0, 20), 'cut short: the header needs'],
    ['data cut short', file({ w: f32(0, 8) }, 7), 'cut short: the data need 8 bytes, and 7 are there'],
    ['bytes left over', file({ w: f32(0, 8) }, 9), '1 bytes follow the last tensor'],
    ['a giant header', Buffer.alloc(16, 0xff), 'its header claims 18446744073709551615 bytes'],
    ['a header of other text', file('[1]'), 'does not begin with "{"'],
    ['broken JSON', file('{"w":'), 'its header is no JSON'],
    [
      'a header that is no UTF-8',
      Buffer.concat([file('{}', 0).subarray(0, 8), Buffer.of(0xc3, 0x28)]),
      'no UTF-8',
    ],
    ['a name twice', file('{"w":1,"\\u0077":1}'), 'the name "w" twice'],
    ['overlapping tensors', file({ a: f32(0, 8), b: f32(4, 8) }), '"b" overlaps "a" at byte 4'],
    ['a hole', file({ a: f32(0, 4), b: f32(8, 12) }, 12), 'bytes 4 to 8 of the data belong to no tensor'],
    ['a foreign element type', file({ w: { ...f32(0, 8), dtype: 'F8' } }), 'the element type "F8"; I64, F64'],
    ['a size that is not the shape', file({ w: f32(0, 8, [3]) }), 'F32 [3], takes 12 bytes and has 8'],
    ['a negative shape', file({ w: f32(0, 8, [-2]) }), 'has the shape [-2]'],
    ['offsets that run backwards', file({ w: { ...f32(0, 8), data_offsets: [8, 0] } }), 'data_offsets [8,0]'],
    ['a tensor without a shape', file({ w: { dtype: 'F32', data_offsets: [0, 8] } }), 'the shape undefined'],
    ['a tensor that is no object', file({ w: null }), '"w" is not described by an object'],
    ['metadata that is no text', file({ __metadata__: { a: 1 }, w: f32(0, 8) }), 'not an object of texts'],
    [
      'a boolean of 7',
      Buffer.concat([file({ w: { dtype: 'BOOL', shape: [1], data_offsets: [0, 1] } }, 0), Buffer.of(7)]),
      '"w" is BOOL and holds 7',
    ],
  ];
  it.each(refused)('refuse %s', (_, bytes, reason) => {
    expect(() => decodeSafetensors(bytes)).toThrow('the buffer is no sound safetensors file: ');
    expect(() => decodeSafetensors(bytes)).toThrow(reason);
  });

  it('refuse a file cut at any byte', () => {
    const bytes = Buffer.from(GOLDEN, 'base64');
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeSafetensors(bytes.subarray(0, length))).toThrow('cut short');
    }
  });

  it('are not written when array, shape and element type differ', () => {
    const write = (tensor: unknown, name = 'w') => encodeSafetensors(new Map([[name, tensor as SafeTensor]]));
    expect(() => write({ dtype: 'F32', shape: [3], data: Float32Array.of(1) })).toThrow(
      '"w" has the shape [3] and 1 elements',
    );
    expect(() => write({ dtype: 'F32', shape: [1], data: Int32Array.of(1) })).toThrow(
      'a Float32Array, got a Int32',
    );
    expect(() => write({ dtype: 'F8', shape: [1], data: Uint8Array.of(1) })).toThrow('"w" is F8');
    expect(() => write({ dtype: 'BOOL', shape: [1], data: Uint8Array.of(2) })).toThrow('elements are 0 or 1');
    expect(() => write({ dtype: 'U8', shape: [1], data: Uint8Array.of(2) }, '__metadata__')).toThrow(
      'no name',
    );
  });
});
