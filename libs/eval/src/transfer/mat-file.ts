import { inflateSync } from 'node:zlib';

/** A value of a MATLAB file: numbers column after column, text, cells, or a struct array. */
export type MatValue = number[] | string | MatValue[] | readonly Readonly<Record<string, MatValue>>[];

const READERS: Readonly<Record<number, [size: number, read: (view: DataView, at: number) => number]>> = {
  1: [1, (view, at) => view.getInt8(at)],
  2: [1, (view, at) => view.getUint8(at)],
  3: [2, (view, at) => view.getInt16(at, true)],
  4: [2, (view, at) => view.getUint16(at, true)],
  5: [4, (view, at) => view.getInt32(at, true)],
  6: [4, (view, at) => view.getUint32(at, true)],
  7: [4, (view, at) => view.getFloat32(at, true)],
  9: [8, (view, at) => view.getFloat64(at, true)],
  16: [1, (view, at) => view.getUint8(at)],
  17: [2, (view, at) => view.getUint16(at, true)],
};
const [MATRIX, COMPRESSED] = [14, 15];
const [CELL, STRUCT, TEXT] = [1, 2, 4];

/**
 * Variables of a MATLAB 5 file (little endian): numbers, text, cells, structs; the kind that label files of Flowers and Cars are.
 *
 * @param bytes - the whole file
 * @throws Error for another format, or a kind of value that is not one of these
 */
export function readMatFile(bytes: Uint8Array, name: string): Record<string, MatValue> {
  const header = new TextDecoder().decode(bytes.subarray(0, 20));
  if (!header.startsWith('MATLAB 5.0')) throw new Error(`readMatFile: ${name} is no MATLAB 5 file.`);
  const found: Record<string, MatValue> = {};
  for (const element of elements(bytes.subarray(128))) {
    const matrix = element.type === COMPRESSED ? [...elements(inflateSync(element.data))][0] : element;
    if (matrix.type !== MATRIX) continue;
    const { label, value } = readMatrix(matrix.data, name);
    found[label] = value;
  }
  return found;
}

interface Element {
  readonly type: number;
  readonly data: Uint8Array;
}

/** The elements of a block: a tag of type and size, 8 bytes or, for up to 4 bytes of data, 4. */
function* elements(bytes: Uint8Array): Generator<Element> {
  const view = viewOf(bytes);
  let at = 0;
  while (at + 8 <= bytes.length) {
    const first = view.getUint32(at, true);
    if (first >>> 16 !== 0) {
      yield { type: first & 0xffff, data: bytes.subarray(at + 4, at + 4 + (first >>> 16)) };
      at += 8;
      continue;
    }
    const size = view.getUint32(at + 4, true);
    yield { type: first, data: bytes.subarray(at + 8, at + 8 + size) };
    at += 8 + (first === COMPRESSED ? size : Math.ceil(size / 8) * 8);
  }
}

function readMatrix(bytes: Uint8Array, file: string): { label: string; value: MatValue } {
  const [flags, dimensions, label, ...rest] = [...elements(bytes)];
  const kind = flags.data[0];
  const count = numbers(dimensions).reduce((product, length) => product * length, 1);
  const name = new TextDecoder().decode(label.data);
  const inner = (element: Element): MatValue => readMatrix(element.data, file).value;
  if (kind === CELL) return { label: name, value: rest.map(inner) };
  if (kind === TEXT) return { label: name, value: String.fromCharCode(...(rest[0] ? numbers(rest[0]) : [])) };
  if (kind === STRUCT) {
    const [width] = numbers(rest[0]);
    const names = chunks(rest[1].data, width).map((part) =>
      new TextDecoder().decode(part).replace(/\0.*$/, ''),
    );
    const rows = Array.from({ length: count }, (_, row) =>
      Object.fromEntries(names.map((field, at) => [field, inner(rest[2 + row * names.length + at])])),
    );
    return { label: name, value: rows };
  }
  if (kind < 6 || kind > 15)
    throw new Error(`readMatFile: ${file} holds a value of kind ${kind} in ${name}.`);
  return { label: name, value: numbers(rest[0]) };
}

function numbers({ type, data }: Element): number[] {
  const reader = READERS[type] as (typeof READERS)[number] | undefined;
  if (!reader) throw new Error(`readMatFile: numbers of type ${type} are not known.`);
  const [size, read] = reader;
  const view = viewOf(data);
  return Array.from({ length: data.length / size }, (_, at) => read(view, at * size));
}

function chunks(bytes: Uint8Array, width: number): Uint8Array[] {
  return Array.from({ length: bytes.length / width }, (_, at) =>
    bytes.subarray(at * width, (at + 1) * width),
  );
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
