import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { digest } from '@fovea/files';
import { decodeMask } from '../decode-mask.ts';
import { decodeRgb } from '../decode-rgb.ts';
import type { Split } from '../image-set.ts';
import { checkIndex, type Mask, type ObjectBox, type StreamedSet } from '../streamed-set.ts';
import { loadShards } from './load-shards.ts';
import { readCsv } from './read-csv.ts';
import { readRange } from './read-range.ts';
import { isSharded } from './shard-manifest.ts';
import { verifyShards } from './verify-shards.ts';

/** Options of {@link loadPacked}. */
export interface PackedOptions {
  /** Only images whose column has this value, e.g. `{ split: 'val' }` or `{ has_mask: '1' }`; default: all. */
  readonly where?: Readonly<Record<string, string>>;
  /** What the selection is to the caller. */
  readonly split: Split;
}

/**
 * A packed set: a folder with `index.csv`, tar shards of JPEG (and mask PNG) files, `manifest.json`, and `boxes.csv` where objects are annotated; or one that
 * `packShards` wrote, selected by `split` alone.
 *
 * Nothing is decoded before it is asked for; bytes are read at the offsets of the index.
 *
 * @throws Error naming what is missing from the folder, or the line of the index that is broken
 * @throws RangeError when no image matches
 *
 * @example
 * const val = loadPacked('data/imagenette96', { where: { split: 'val' }, split: 'test' });
 * const { data, height, width } = await val.image(0);
 */
export function loadPacked(folder: string, options: PackedOptions): StreamedSet {
  const { where = {}, split, ...unknown } = options;
  if (Object.keys(unknown).length > 0)
    throw new RangeError(`loadPacked: unknown option ${Object.keys(unknown).join()}.`);
  if (isSharded(folder)) {
    const { split: part, ...others } = where;
    if (Object.keys(others).length > 0)
      throw new RangeError(
        `loadPacked: ${folder} is sharded and selects by split only, not by ${Object.keys(others).join()}.`,
      );
    return loadShards(folder, { split, ...(part !== undefined && { part }) });
  }
  for (const name of ['index.csv', 'manifest.json']) {
    if (!existsSync(join(folder, name))) {
      throw new Error(
        `loadPacked: ${folder} has no ${name}. A packed set is index.csv, manifest.json and tar shards in one folder.`,
      );
    }
  }
  const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as Manifest;
  const rows = readCsv(join(folder, 'index.csv'), [
    'shard',
    'offset',
    'length',
    ...Object.keys(where),
  ]).filter((row) => Object.entries(where).every(([column, value]) => row[column] === value));
  const { name } = manifest;
  if (rows.length === 0)
    throw new RangeError(`loadPacked: ${name} has no image with ${JSON.stringify(where)}.`);
  const boxes = readBoxes(folder);
  const classes = manifest.classes ?? boxes.classes;
  const names = rows.map((row, index) => row.name ?? row.id ?? row.image_id ?? String(index));
  const get = (index: number): Record<string, string> => {
    checkIndex(index, { name, length: rows.length });
    return rows[index];
  };
  return {
    name,
    split,
    length: rows.length,
    classes,
    labels: Int32Array.from(rows, (row) => ('label' in row ? Number(row.label) : -1)),
    names,
    digest: digest(
      rows.map((row) => JSON.stringify(row)).join('\n') + JSON.stringify(manifest.shards ?? null),
    ),
    licence: manifest.licence ?? `see ${name}/README.md`,
    citation: manifest.citation ?? `see ${name}/README.md`,
    async image(index) {
      const { shard, offset, length } = get(index);
      const bytes = await readRange(join(folder, shard), Number(offset), Number(length));
      return decodeRgb(bytes, { name: `${name} ${names[index]}`, ...sizeOf(rows[index]) });
    },
    mask: rows.some((row) => (row.mask_shard ?? '') !== '')
      ? (index) => readMask(folder, get(index), `${name} ${names[index]}`)
      : null,
    objects: boxes.byImage === null ? null : (index) => boxes.byImage?.get(get(index).image_id) ?? [],
  };
}

/** A shard whose bytes are not what the manifest says. */
export interface ShardFault {
  readonly file: string;
  readonly reason: string;
}

/** Reads every shard and table of a packed set and compares size and SHA-256 with its manifest; of sharded sets damaged records are named. */
export async function verifyPacked(folder: string): Promise<ShardFault[]> {
  if (isSharded(folder)) return verifyShards(folder);
  const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as Manifest;
  const faults: ShardFault[] = [];
  const tables = [manifest.index ?? [], manifest.boxes ?? []].flat();
  for (const { file, bytes, sha256 } of [...tables, ...(manifest.shards ?? [])]) {
    const path = join(folder, file);
    if (!existsSync(path)) {
      faults.push({ file, reason: 'missing' });
      continue;
    }
    const hash = createHash('sha256');
    let size = 0;
    for await (const chunk of createReadStream(path)) {
      hash.update(chunk as Buffer);
      size += (chunk as Buffer).length;
    }
    if (bytes !== undefined && size !== bytes)
      faults.push({ file, reason: `${size} bytes, expected ${bytes}` });
    else if (hash.digest('hex') !== sha256)
      faults.push({ file, reason: 'other content than its SHA-256 says' });
  }
  return faults;
}

interface ListedFile {
  readonly file: string;
  readonly bytes?: number;
  readonly sha256: string;
}

interface Manifest {
  readonly name: string;
  readonly classes?: readonly string[];
  readonly shards?: readonly ListedFile[];
  readonly index?: ListedFile;
  readonly boxes?: ListedFile;
  readonly licence?: string;
  readonly citation?: string;
}

function sizeOf(row: Record<string, string>): { width?: number; height?: number } {
  return 'width' in row ? { width: Number(row.width), height: Number(row.height) } : {};
}

async function readMask(folder: string, row: Record<string, string>, name: string): Promise<Mask> {
  if ((row.mask_shard ?? '') === '') throw new RangeError(`${name} has no mask.`);
  const bytes = await readRange(
    join(folder, row.mask_shard),
    Number(row.mask_offset),
    Number(row.mask_length),
  );
  return decodeMask(bytes, `mask of ${name}`);
}

function readBoxes(folder: string): { byImage: Map<string, ObjectBox[]> | null; classes: string[] } {
  const path = join(folder, 'boxes.csv');
  if (!existsSync(path)) return { byImage: null, classes: [] };
  const byImage = new Map<string, ObjectBox[]>();
  const classes: string[] = [];
  for (const row of readCsv(path, ['image_id', 'instance', 'x', 'y', 'w', 'h', 'label', 'class'])) {
    const [x, y, w, h, label] = [row.x, row.y, row.w, row.h, row.label].map(Number);
    classes[label] = row.class;
    const object = {
      box: [x, y, x + w, y + h],
      label,
      instance: Number(row.instance),
      ignore: row.iscrowd === '1',
    } as const;
    const list = byImage.get(row.image_id);
    if (list === undefined) byImage.set(row.image_id, [object]);
    else list.push(object);
  }
  return { byImage, classes };
}
