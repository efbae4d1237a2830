import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { decodeRgb, type Image } from '@fovea/data';

/** The images of a folder in the order of their names, or of its index; one that cannot be decoded is refused by name, the others go on. */
export async function* imagesBelow(
  folder: string,
  flags: { readonly split?: string; readonly limit?: number },
  refused: string[],
): AsyncGenerator<Image> {
  if (!existsSync(folder)) throw new Error(`saliency: ${folder} does not exist.`);
  const files = existsSync(join(folder, 'index.csv'))
    ? indexed(folder, flags.split)
    : loose(folder, flags.split);
  let count = 0;
  for (const { name, read } of files) {
    if (flags.limit !== undefined && count++ >= flags.limit) return;
    try {
      yield await decodeRgb(read(), { name });
    } catch (error) {
      refused.push((error as Error).message);
    }
  }
}

interface ImageFile {
  readonly name: string;
  readonly read: () => Uint8Array;
}

function* indexed(folder: string, split?: string): Generator<ImageFile> {
  const [header, ...lines] = readFileSync(join(folder, 'index.csv'), 'utf8').trim().split('\n');
  const names = header.split(',');
  for (const column of ['split', 'shard', 'offset', 'length']) {
    if (!names.includes(column))
      throw new Error(`saliency: ${join(folder, 'index.csv')} has no column ${column}.`);
  }
  const shards = new Map<string, Uint8Array>();
  for (const [row, line] of lines.entries()) {
    const cells = line.split(',');
    const cell = (name: string): string => cells[names.indexOf(name)] ?? '';
    if (split !== undefined && cell('split') !== split) continue;
    const read = (): Uint8Array => {
      const shard = shards.get(cell('shard')) ?? readFileSync(join(folder, cell('shard')));
      shards.clear(); // rows are in the order of their shards: one in memory is enough
      shards.set(cell('shard'), shard);
      return shard.subarray(Number(cell('offset')), Number(cell('offset')) + Number(cell('length')));
    };
    yield { name: `row ${row + 1} of ${join(folder, 'index.csv')}`, read };
  }
}

function* loose(folder: string, split?: string): Generator<ImageFile> {
  const top = split === undefined ? folder : join(folder, split);
  for (const entry of readdirSync(top, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const name = join(top, entry.name);
    if (entry.isDirectory()) yield* loose(name);
    else if (['.jpg', '.jpeg', '.png', '.webp'].includes(extname(entry.name).toLowerCase())) {
      yield { name, read: () => readFileSync(name) };
    }
  }
}
