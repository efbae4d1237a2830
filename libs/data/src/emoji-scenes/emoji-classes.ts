import { fileURLToPath } from 'node:url';
import { readCsv } from '../packed/read-csv.ts';

/** One class of EmojiScenes and the file names of its drawings. */
export interface EmojiClass {
  readonly name: string;
  readonly train: readonly string[];
  /** Drawings that no training scene shows. */
  readonly test: readonly string[];
}

/** The committed lists, made by `npx fovea data lists`. */
export const EMOJI_CLASSES: readonly EmojiClass[] = readLists();

function readLists(): EmojiClass[] {
  const path = fileURLToPath(new URL('../../lists/emoji-scenes.csv', import.meta.url));
  const rows = readCsv(path, ['class', 'split', 'drawing']);
  return [...new Set(rows.map((row) => row.class))].map((name) => {
    const of = (split: string): string[] =>
      rows.filter((row) => row.class === name && row.split === split).map((row) => row.drawing);
    return { name, train: of('train'), test: of('test') };
  });
}
