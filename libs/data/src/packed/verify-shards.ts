import { createHash } from 'node:crypto';
import { createReadStream, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { ShardFault } from './load-packed.ts';
import { OpenFiles } from './open-files.ts';
import { decodeIndex, type ShardIndex } from './shard-index.ts';
import { readListed, readShardManifest } from './shard-manifest.ts';

/**
 * Reads every file of a sharded set and compares size and SHA-256 with its manifest. In a shard that differs every record is compared with its CRC-32, and the damaged
 * ones are named with their place; damage between records (padding) is said to be there.
 *
 * @throws Error when there is no manifest, or it contradicts itself
 */
export async function verifyShards(folder: string): Promise<ShardFault[]> {
  const manifest = readShardManifest(folder, 'verifyShards');
  const faults: ShardFault[] = [];
  const small = [manifest.index, manifest.names].map((listed) => {
    try {
      return readListed(folder, listed, 'verifyShards');
    } catch (error) {
      faults.push({ file: listed.file, reason: (error as Error).message });
      return null;
    }
  });
  const [indexBytes, nameBytes] = small;
  const index = indexBytes === null ? null : decodeIndex(indexBytes, 0, manifest.count);
  const names = nameBytes === null ? [] : Buffer.from(nameBytes).toString().split('\n');
  const open = new OpenFiles();
  let first = 0;
  for (const { file, bytes, sha256, count } of manifest.shards) {
    const path = join(folder, file);
    if (!existsSync(path)) faults.push({ file, reason: 'missing' });
    else {
      const { size } = statSync(path);
      const whole = index === null ? count : wholeRecords(index, first, count, size);
      const lost = whole === count ? '' : `; records ${first + whole} to ${first + count - 1} are cut off`;
      if (size !== bytes) faults.push({ file, reason: `${size} bytes, expected ${bytes}${lost}` });
      else if ((await sha256Of(path)) !== sha256) {
        const before = faults.length;
        for (let record = first; index !== null && record < first + count; record++) {
          const [offset, length] = [index.offsets[record], index.lengths[record]];
          if (crc32(await open.read(path, offset, length)) === index.checksums[record]) continue;
          const what = names[record] === undefined ? '' : ` (${names[record]})`;
          faults.push({ file, reason: `record ${record}${what} is damaged: bytes ${offset} to ${offset + length} have another CRC-32` });
        }
        if (faults.length === before)
          faults.push({ file, reason: 'other content than its SHA-256 says; no record is damaged, or the index is' });
      }
    }
    first += count;
  }
  open.close();
  return faults;
} // prettier-ignore

/** How many records of a shard lie within its first `size` bytes. */
function wholeRecords({ offsets, lengths }: ShardIndex, first: number, count: number, size: number): number {
  for (let place = 0; place < count; place++) if (offsets[first + place] + lengths[first + place] > size) return place;
  return count;
} // prettier-ignore

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
