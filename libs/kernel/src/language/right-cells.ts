import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isPackageFile } from '../kernel/package-pack.ts';
import {
  ageOf,
  isUnchanged,
  isYoung,
  scopesOf,
  stampOf,
  watchedBy,
  type Moment,
  type Watched,
} from '../kernel/stamps.ts';

const cache = fileURLToPath(new URL('../../node_modules/.cache/fovea-kernel-types/', import.meta.url));
const ownSources = fileURLToPath(new URL('../', import.meta.url));
/** So many cells are remembered; those that were written first are forgotten first. */
const maxCells = 100;

/**
 * Cells whose types an earlier kernel found right, with the state of every file that had a say in it: while none of them has changed,
 * such a cell is right without being checked.
 */
export class RightCells {
  readonly #compiler: string;
  readonly #folder: string;
  /** What was found wrong, where it may be that it cannot be forgotten. */
  readonly #wrong = new Set<string>();

  /**
   * @param folder where the notebook lies
   * @param compiler version and options of the type checker
   */
  constructor(folder: string, compiler: string) {
    this.#folder = folder;
    this.#compiler = compiler;
  }

  /** Whether a text is right for sure. */
  has(text: string): boolean {
    if (this.#wrong.has(text)) return false;
    try {
      return (JSON.parse(readFileSync(this.#file(text), 'utf8')) as Watched[]).every(isUnchanged);
    } catch {
      return false; // Nobody has found it right yet.
    }
  }

  /**
   * Remembers a text that was found right.
   *
   * @param files all that the checker has read for it; where one of them is nobody's package the text is not remembered
   * @param since when the checker began to read; where one of them has changed since, or what decides which they are, neither
   */
  add(text: string, files: readonly string[], since: Moment): void {
    this.#wrong.delete(text);
    if (!files.every((file) => isPackageFile(file) || file.startsWith(ownSources))) return;
    const all = [...files.map(state), ...watchedBy(files.filter(isPackageFile)), ...this.#lookedUp(files)];
    const watched = [...new Map(all)];
    const age = ageOf(since);
    if (watched.some(([path]) => isYoung(path, age))) return;
    const file = this.#file(text);
    try {
      mkdirSync(cache, { recursive: true });
      const sibling = `${file}.${randomUUID()}`;
      writeFileSync(sibling, JSON.stringify(watched));
      renameSync(sibling, file);
      forgetOld();
    } catch {
      // A cache that cannot be kept is none.
    }
  }

  forget(text: string): void {
    this.#wrong.add(text);
    try {
      rmSync(this.#file(text), { force: true });
    } catch {
      // Nobody may write there; this kernel knows it, and the next one finds out as this one did.
    }
  }

  /** Where packages are looked for that lie beside or above the ones that were found. */
  #lookedUp(files: readonly string[]): Watched[] {
    const above = new Set<string>();
    for (const place of [this.#folder, ...files.map(outside)]) {
      for (let folder = place; !above.has(folder); folder = dirname(folder)) above.add(folder);
    }
    return [...above].flatMap((folder) => {
      const packages = join(folder, 'node_modules');
      return [join(folder, 'package.json'), packages, ...scopesOf(packages)].map(state);
    });
  }

  #file(text: string): string {
    const key = [this.#compiler, this.#folder, text].join('\0');
    return join(cache, createHash('sha1').update(key).digest('hex'));
  }
}

/** The folder of a file, or of the outermost `node_modules` that it lies in. */
const outside = (file: string): string => dirname(file.replace(inPackages, `${sep}node_modules`));
const inPackages = new RegExp(`\\${sep}node_modules\\${sep}.*`, 's');
const state = (path: string): Watched => [path, stampOf(path) ?? ''];

function forgetOld(): void {
  const files = readdirSync(cache).map((name) => join(cache, name));
  if (files.length <= maxCells) return;
  const byAge = files.map((file) => [statSync(file).mtimeMs, file] as const).sort(([a], [b]) => a - b);
  for (const [, file] of byAge.slice(0, -maxCells)) rmSync(file, { force: true });
}
