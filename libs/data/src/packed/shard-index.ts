/** What is kept of every record of a sharded set, as arrays: a million records take 32 MB. */
export interface ShardIndex {
  readonly offsets: Float64Array; // bytes from the start of the shard
  readonly lengths: Uint32Array; // bytes
  readonly shards: Uint32Array; // places in the manifest's list of shards
  readonly checksums: Uint32Array; // CRC-32 of the bytes
  readonly labels: Int32Array; // -1 where there is none
  readonly heights: Uint32Array; // pixels, EXIF rotation applied
  readonly widths: Uint32Array;
}

/** Bytes of one entry of `index.bin`. */
export const ENTRY = 32;

/** An index with room for so many records. */
export function emptyIndex(records: number): ShardIndex {
  return {
    offsets: new Float64Array(records),
    lengths: new Uint32Array(records),
    shards: new Uint32Array(records),
    checksums: new Uint32Array(records),
    labels: new Int32Array(records),
    heights: new Uint32Array(records),
    widths: new Uint32Array(records),
  };
}

/**
 * The bytes of `index.bin`: 32 for each record, little-endian: offset u64, length u32, shard u32, CRC-32 u32, label i32, height u32, width u32.
 */
export function encodeIndex(index: ShardIndex): Uint8Array {
  const bytes = new Uint8Array(index.offsets.length * ENTRY);
  const view = new DataView(bytes.buffer);
  for (let record = 0; record < index.offsets.length; record++) {
    const at = record * ENTRY;
    view.setBigUint64(at, BigInt(index.offsets[record]), true);
    view.setUint32(at + 8, index.lengths[record], true);
    view.setUint32(at + 12, index.shards[record], true);
    view.setUint32(at + 16, index.checksums[record], true);
    view.setInt32(at + 20, index.labels[record], true);
    view.setUint32(at + 24, index.heights[record], true);
    view.setUint32(at + 28, index.widths[record], true);
  }
  return bytes;
}

/** {@link encodeIndex} backwards, entries `from` up to `to`. */
export function decodeIndex(bytes: Uint8Array, from: number, to: number): ShardIndex {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const index = emptyIndex(to - from);
  for (let record = 0; record < to - from; record++) {
    const at = (from + record) * ENTRY;
    index.offsets[record] = view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
    index.lengths[record] = view.getUint32(at + 8, true);
    index.shards[record] = view.getUint32(at + 12, true);
    index.checksums[record] = view.getUint32(at + 16, true);
    index.labels[record] = view.getInt32(at + 20, true);
    index.heights[record] = view.getUint32(at + 24, true);
    index.widths[record] = view.getUint32(at + 28, true);
  }
  return index;
}
