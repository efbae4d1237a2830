/** Bytes of an element by element type, in the order in which the format's own writer lays tensors out. */
export const BYTES = { I64: 8, F64: 8, F32: 4, I32: 4, BF16: 2, F16: 2, U8: 1, BOOL: 1 } as const;

/** Element types that are read and written. */
export type SafeDtype = keyof typeof BYTES;

interface Arrays {
  I64: BigInt64Array;
  F64: Float64Array;
  F32: Float32Array;
  I32: Int32Array;
  BF16: Uint16Array;
  F16: Uint16Array;
  U8: Uint8Array;
  BOOL: Uint8Array;
}

/** The typed array that holds an element type. */
export type ArrayOf<D extends SafeDtype> = Arrays[D];

/** A typed array of an element type over a buffer. */
export function typedArray(dtype: SafeDtype, buffer: ArrayBufferLike): Arrays[SafeDtype] {
  if (dtype === 'I64') return new BigInt64Array(buffer);
  if (dtype === 'F64') return new Float64Array(buffer);
  if (dtype === 'F32') return new Float32Array(buffer);
  if (dtype === 'I32') return new Int32Array(buffer);
  if (dtype === 'F16' || dtype === 'BF16') return new Uint16Array(buffer);
  return new Uint8Array(buffer);
}

/** The bytes of a typed array, not copied. */
export function viewBytes({ buffer, byteOffset, byteLength }: NodeJS.ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
