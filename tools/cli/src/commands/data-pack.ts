import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { loadImageFolder, packImages, packShards } from '@fovea/data';

/** Options of `fovea data pack` as they are typed. */
export interface PackFlags {
  readonly name: string;
  readonly format: string;
  readonly pixels?: string;
  readonly shardMb: string;
  readonly skipCorrupt?: boolean;
  readonly licence: string;
  readonly citation: string;
}

const SPLITS = ['train', 'val', 'test', 'unlabelled'];

/**
 * Packs a folder of images: one folder per class, or images without classes; where the folder holds `train`, `val`, `test` or `unlabelled`, each of those is one and
 * becomes a split, with the classes of the first.
 *
 * @returns one line that says what was packed
 * @throws RangeError for an option that is none
 * @throws Error naming the file that cannot be read or decoded
 */
export async function packFolder(folder: string, out: string, flags: PackFlags): Promise<string> {
  const { name, format, licence, citation, skipCorrupt = false } = flags;
  if (format !== 'shards' && format !== 'tar')
    throw new RangeError(`data pack: --format must be shards or tar, got ${format}.`);
  const pixels = flags.pixels === undefined ? undefined : sizeOf(flags.pixels);
  const shardBytes = Number(flags.shardMb) * 2 ** 20;
  if (!(shardBytes > 0)) throw new RangeError(`data pack: --shard-mb must be > 0, got ${flags.shardMb}.`);
  if (format === 'tar' && (pixels !== undefined || skipCorrupt))
    throw new RangeError(
      'data pack: --pixels and --skip-corrupt need --format shards; tar keeps files as they are.',
    );
  const { files, classes } = filesOf(folder, name);
  const about = { name, classes, licence, citation, shardBytes };
  const what = `${classes.length} classes into ${out}`;
  if (format === 'tar') {
    await packImages(files, out, about);
    return `packed ${files.length} images of ${what}`;
  }
  const packed = await packShards(files, out, { ...about, skipCorrupt, ...(pixels !== undefined && { pixels }) });
  const megabytes = packed.shards.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6;
  const left = packed.skipped.length === 0 ? '' : `, ${packed.skipped.length} skipped: see manifest.json`;
  return `packed ${packed.count} images of ${what}: ${packed.shards.length} shards, ${megabytes.toFixed(1)} MB${left}`;
} // prettier-ignore

function sizeOf(text: string): { height: number; width: number } {
  const [, height, width = height] = /^(\d+)(?:x(\d+))?$/.exec(text) ?? [];
  if (height === undefined)
    throw new RangeError(`data pack: --pixels must be SIZE or HEIGHTxWIDTH, got ${text}.`);
  return { height: Number(height), width: Number(width) };
}

function filesOf(
  folder: string,
  name: string,
): {
  readonly files: { name: string; path: string; label: number; split: string }[];
  readonly classes: readonly string[];
} {
  const inside = existsSync(folder) ? readdirSync(folder) : [];
  const splits = SPLITS.filter(
    (split) => inside.includes(split) && statSync(join(folder, split)).isDirectory(),
  );
  const parts =
    splits.length === 0 ? [{ split: 'train', at: '' }] : splits.map((split) => ({ split, at: split }));
  let classes: readonly string[] | undefined;
  const files = parts.flatMap(({ split, at }) => {
    const set = loadImageFolder(join(folder, at), { name, split: 'train' });
    classes ??= set.classes; // those of the first split
    const labels = set.classes.map((one) => classes?.indexOf(one) ?? -1);
    const strange = set.classes.find((_, label) => labels[label] < 0 && split !== 'unlabelled');
    if (strange !== undefined)
      throw new Error(`data pack: ${join(folder, at, strange)} is a class that ${parts[0].split} has not.`);
    return set.names.map((file, index) => ({
      name: at === '' ? file : `${at}/${file}`,
      path: join(folder, at, file),
      label: labels[set.labels[index]] ?? -1,
      split,
    }));
  });
  return { files, classes: classes ?? [] };
}
