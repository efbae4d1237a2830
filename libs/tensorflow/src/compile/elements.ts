import type { NodeBinding } from '../backend.ts';
import type { Port, Source } from './recording.ts';

/** Bytes of a tensor's elements as libtensorflow stores them; undefined for strings and complex numbers. */
export function elementBytes(
  binding: NodeBinding,
  dtype: number,
  values: ArrayLike<number>,
): Uint8Array | undefined {
  if (dtype === binding.TF_FLOAT) return new Uint8Array(Float32Array.from(values).buffer);
  if (dtype === binding.TF_INT32) return new Uint8Array(Int32Array.from(values).buffer);
  if (dtype === binding.TF_BOOL) return Uint8Array.from(values);
  // tfjs-node hands 64-bit integers over as pairs of 32-bit words.
  if (dtype === binding.TF_INT64) return new Uint8Array(Int32Array.from(values).buffer);
  return undefined;
}

/** Whether all elements, of `width` bytes each, are equal. */
export function isUniform(bytes: Uint8Array, width: number): boolean {
  return bytes.every((byte, index) => byte === bytes[index % width]);
}

/** What a tensor is, for messages. */
export function describe(source: Source | undefined, { dtype, shape }: Port): string {
  const tensor = `[${shape.join(', ')}] (type ${dtype})`;
  if (source?.kind === 'op') return `the result of "${source.op.kernel}" ${tensor}`;
  if (source?.kind === 'input') return `argument tensor ${source.index} ${tensor}`;
  if (source?.kind === 'variable' || source?.kind === 'created')
    return `variable "${source.variable.name}" ${tensor}`;
  return `a tensor ${tensor}`;
}
