import { readFileSync } from 'node:fs';
import { checkHeader, duplicateKey, type TensorPlace } from './safetensors-header.ts';
import { BYTES, typedArray, viewBytes, type ArrayOf, type SafeDtype } from './safetensors-dtypes.ts';
import { writeFileAtomic } from './write-file-atomic.ts';

/** A tensor of a safetensors file; F16 and BF16 are the raw 16 bits of each element (`safeTensorFloats` widens them), BOOL is 0 or 1. */
export type SafeTensor = {
  [D in SafeDtype]: { readonly dtype: D; readonly shape: readonly number[]; readonly data: ArrayOf<D> };
}[SafeDtype];

/** What a safetensors file holds. */
export interface SafetensorsFile {
  /** In the order of their bytes. */
  readonly tensors: ReadonlyMap<string, SafeTensor>;
  /** Texts by name, from the header's `__metadata__`. */
  readonly metadata: Readonly<Record<string, string>>;
}

const LENGTH_BYTES = 8;
const ALIGNMENT = 8; // of the first tensor, counted from the start of the file
const MOST_HEADER_BYTES = 100_000_000; // the format's own limit

/**
 * Writes tensors as one safetensors file, whole or not at all.
 *
 * Bytes equal those of Python's `safetensors` for the same tensors: wider element types first, then names in order of their UTF-8; the
 * header is padded with spaces so that data start at a multiple of 8.
 *
 * @throws Error for data that are not of the shape's size or the element type's array, and for the name `__metadata__`
 *
 * Source: the format's description in the safetensors project, version 0.6.
 *
 * @example
 * writeSafetensors('w.safetensors', new Map([['w', { dtype: 'F32', shape: [2], data: Float32Array.of(1, 2) }]]));
 */
export function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, SafeTensor>,
  metadata: Readonly<Record<string, string>> = {},
): void {
  writeFileAtomic(path, encodeSafetensors(tensors, metadata));
}

/** The bytes that `writeSafetensors` writes. */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, SafeTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  for (const [name, tensor] of tensors) checkTensor(name, tensor);
  for (const [name, text] of Object.entries(metadata)) {
    if (typeof text !== 'string') throw new TypeError(`writeSafetensors: metadata "${name}" is no text.`);
  }
  const order = Object.keys(BYTES);
  const sorted = [...tensors].sort(
    ([a, { dtype: da }], [b, { dtype: db }]) =>
      order.indexOf(da) - order.indexOf(db) || Buffer.compare(Buffer.from(a), Buffer.from(b)),
  );
  const header: [string, unknown][] = Object.keys(metadata).length > 0 ? [['__metadata__', metadata]] : [];
  let offset = 0;
  for (const [name, { dtype, shape, data }] of sorted) {
    header.push([name, { dtype, shape, data_offsets: [offset, offset + data.byteLength] }]);
    offset += data.byteLength;
  }
  // Not an object: JavaScript would move names that are integers to the front.
  const items = header.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
  const text = Buffer.from(`{${items.join()}}`);
  const padding = Buffer.alloc((ALIGNMENT - (text.length % ALIGNMENT)) % ALIGNMENT, ' ');
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeBigUInt64LE(BigInt(text.length + padding.length));
  return Buffer.concat([length, text, padding, ...sorted.map(([, { data }]) => viewBytes(data))]);
}

/**
 * Reads a safetensors file: every tensor in an array of its own.
 *
 * @throws Error naming the file and what is wrong with it: cut short, bytes left over, a header that is no JSON or repeats a name, an
 * element type that is not one of F64, F32, F16, BF16, I32, I64, U8 and BOOL, a size that does not fit the shape, tensors that
 * overlap or leave a hole, a boolean that is neither 0 nor 1
 */
export function readSafetensors(path: string): SafetensorsFile {
  return decodeSafetensors(readFileSync(path), path);
}

/** What `readSafetensors` makes of a file's bytes; `where` is what messages call them. */
export function decodeSafetensors(bytes: Uint8Array, where = 'the buffer'): SafetensorsFile {
  const refuse = (reason: string): never => {
    throw new Error(`readSafetensors: ${where} is no sound safetensors file: ${reason}.`);
  };
  if (bytes.byteLength < LENGTH_BYTES) refuse(`it is cut short, with ${bytes.byteLength} bytes in all`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = view.getBigUint64(0, true);
  if (headerLength > MOST_HEADER_BYTES) refuse(`its header claims ${headerLength} bytes`);
  const start = LENGTH_BYTES + Number(headerLength);
  if (start > bytes.byteLength) {
    refuse(`it is cut short: the header needs ${headerLength} bytes, and ${bytes.byteLength - 8} are there`);
  }
  const header = parseHeader(bytes.subarray(LENGTH_BYTES, start), refuse);
  const { places, metadata } = checkHeader(header, bytes.byteLength - start, refuse);
  const tensors = new Map(places.map((place) => [place.name, tensorAt(bytes, start, place, refuse)]));
  return { tensors, metadata };
}

/** A tensor's elements as numbers of single precision; F64, and I64 beyond 2^24, are rounded. */
export function safeTensorFloats({ dtype, data }: SafeTensor): Float32Array {
  if (dtype === 'F32') return data;
  if (dtype === 'F16') return Float32Array.from(data, halfToFloat);
  if (dtype === 'BF16') return new Float32Array(Uint32Array.from(data, (bits) => bits << 16).buffer);
  if (dtype === 'I64') return Float32Array.from(data, Number);
  return Float32Array.from(data);
}

function parseHeader(bytes: Uint8Array, refuse: (reason: string) => never): Record<string, unknown> {
  let text = '';
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    refuse('its header is no UTF-8');
  }
  if (!text.startsWith('{')) refuse('its header does not begin with "{"');
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch (error) {
    refuse(`its header is no JSON (${(error as Error).message})`);
  }
  const twice = duplicateKey(text);
  if (twice !== undefined) refuse(`its header has the name "${twice}" twice`);
  return header as Record<string, unknown>; // begins with "{" and parses
}

function tensorAt(
  bytes: Uint8Array,
  start: number,
  { name, dtype, shape, begin, end }: TensorPlace,
  refuse: (reason: string) => never,
): SafeTensor {
  const data = typedArray(dtype, copyOf(bytes, start + begin, start + end));
  if (dtype === 'BOOL') {
    const odd = (data as Uint8Array).find((value) => value > 1);
    if (odd !== undefined) refuse(`"${name}" is BOOL and holds ${odd}`);
  }
  return { dtype, shape, data } as SafeTensor; // typedArray gives the array of the element type
}

/** Not `bytes.slice`, which shares memory where the bytes are a Buffer. */
function copyOf({ buffer, byteOffset }: Uint8Array, begin: number, end: number): ArrayBuffer {
  return new Uint8Array(buffer, byteOffset + begin, end - begin).slice().buffer;
}

function checkTensor(name: string, { dtype, shape, data }: SafeTensor): void {
  const where = `writeSafetensors: "${name}"`;
  if (name === '__metadata__') throw new Error(`${where} is no name for a tensor.`);
  if (!Object.hasOwn(BYTES, dtype))
    throw new Error(`${where} is ${dtype}; ${Object.keys(BYTES).join(', ')} are possible.`);
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0)) {
    throw new Error(`${where} has the shape [${shape.join(', ')}].`);
  }
  const elements = shape.reduce((product, size) => product * size, 1);
  const wanted = typedArray(dtype, new ArrayBuffer(0)).constructor.name;
  // By name, since a Float32Array may come from another realm (a test runner's).
  if (data.constructor.name !== wanted && !(wanted === 'Uint8Array' && data.constructor.name === 'Buffer')) {
    throw new Error(`${where} is ${dtype}, which needs a ${wanted}, got a ${data.constructor.name}.`);
  }
  if (data.length !== elements) {
    throw new Error(`${where} has the shape [${shape.join(', ')}] and ${data.length} elements.`);
  }
  if (dtype === 'BOOL' && data.some((value) => value > 1))
    throw new Error(`${where} is BOOL; elements are 0 or 1.`);
}

function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const [exponent, fraction] = [(bits >> 10) & 0x1f, bits & 0x3ff];
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
