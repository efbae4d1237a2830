import { readFileSync } from 'node:fs';

/** One class of EmojiScenes and the file names of its drawings. */
export interface EmojiClass {
  readonly name: string;
  readonly train: readonly string[];
  /** Drawings that no training scene shows. */
  readonly test: readonly string[];
}

/** The committed lists, made by `npx fovea data lists`. */
export const EMOJI_CLASSES: readonly EmojiClass[] = (
  JSON.parse(readFileSync(new URL('../../lists/emoji-scenes.json', import.meta.url), 'utf8')) as {
    classes: EmojiClass[];
  }
).classes;
