import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, sep } from 'node:path';
import { constants, Script } from 'node:vm';
import { crc32 } from 'node:zlib';
import { isUnchanged, isYoung, stampOf, watchedBy, type Watched } from './stamps.ts';

/** A CommonJS file as it was compiled: its wrapped text, and what V8 made of that. */
export interface PackedModule {
  readonly source: string;
  readonly code: Buffer;
  /** State of the file before it was read. */
  readonly stamp: string;
}

/** All that loading one file of a package has loaded, ready to be written. */
export interface PackContent {
  readonly modules: ReadonlyMap<string, PackedModule>;
  /** File that a name means to the files of a folder; by {@link resolutionKey}. */
  readonly resolved: ReadonlyMap<string, string>;
}

/** Where a file lies in the pack, the state it was in, and a sum over what the pack has of it. */
type Place = readonly [
  file: string,
  stamp: string,
  wide: 0 | 1,
  at: number,
  length: number,
  code: number,
  sum: number,
];

interface Index {
  readonly modules: readonly Place[];
  /** Folders and manifests that decide what names mean, with the state they were in. */
  readonly watched: readonly Watched[];
  readonly resolved: readonly (readonly [key: string, module: number])[];
}

const textual = [
  { encoding: 'latin1', bytes: 1 },
  { encoding: 'utf16le', bytes: 2 },
] as const;
/** What a package has beyond this is left out. */
const maxBytes = 96e6;

/** A name and the folder of the file that asks for it. */
export const resolutionKey = (folder: string, name: string): string => `${folder}\0${name}`;

/** Whether a file belongs to a package. */
export const isPackageFile = (file: string): boolean => file.includes(`${sep}node_modules${sep}`);

/** Whether two files lie below the same outermost `node_modules`: what one means to the other is decided there. */
export const areNeighbours = (one: string, other: string): boolean =>
  isPackageFile(one) && isPackageFile(other) && outermost(one) === outermost(other);
const outermost = (file: string): string => file.slice(0, file.indexOf(`${sep}node_modules${sep}`));

/** What is remembered of one package file and of all that it loads; files that have changed since are not in it. */
export class PackagePack {
  #bytes: Buffer;
  readonly #places = new Map<string, { readonly place: Place; script?: Script | undefined }>();
  readonly #resolved = new Map<string, string>();
  readonly #watched: readonly Watched[];

  private constructor(bytes: Buffer, index: Index) {
    this.#bytes = bytes;
    this.#watched = index.watched;
    for (const place of index.modules) this.#places.set(place[0], { place });
    for (const [key, module] of index.resolved) {
      const file = index.modules[module]?.[0];
      if (file !== undefined) this.#resolved.set(key, file);
    }
    this.refresh();
  }

  /** Drops what is not any more as it was. */
  refresh(): void {
    for (const [file, { place }] of this.#places) if (stampOf(file) !== place[1]) this.#places.delete(file);
    // A folder's time stamp changes with what lies in it, so with the same stamps the same names mean the same files.
    const changed = this.#watched.filter((one) => !isUnchanged(one));
    if (changed.length > 0) this.#resolved.clear();
    // A manifest also says what kind of module its files are.
    if (changed.some(([path]) => basename(path) === 'package.json')) this.#places.clear();
  }

  /** The pack in a file; an empty one where there is none that can be read. */
  static open(file: string): PackagePack {
    try {
      const bytes = readFileSync(file);
      const start = bytes.indexOf(10) + 1;
      return new PackagePack(bytes.subarray(start), JSON.parse(bytes.toString('utf8', 0, start)) as Index);
    } catch {
      return new PackagePack(Buffer.alloc(0), { modules: [], watched: [], resolved: [] });
    }
  }

  /** File that a name means to the files of a folder. */
  resolve(folder: string, name: string): string | undefined {
    return this.#resolved.get(resolutionKey(folder, name));
  }

  /** The script of a file, once: whoever loads it again wants it as it is then. */
  take(file: string): Script | undefined {
    const known = this.#places.get(file);
    if (!known) return undefined;
    this.#places.delete(file);
    const script = known.script ?? this.#script(known.place);
    return script?.cachedDataRejected ? undefined : script;
  }

  /** Makes scripts before they are asked for, a step at a time; not those of files that are loaded already. */
  *prepare(isLoaded: (file: string) => boolean): Generator<void, void> {
    for (const [file, known] of this.#places) {
      if (isLoaded(file)) continue;
      known.script ??= this.#script(known.place);
      yield;
    }
  }

  /** Has nothing any more. */
  release(): void {
    this.#places.clear();
    this.#resolved.clear();
    this.#bytes = Buffer.alloc(0);
  }

  /** Everything in it that still holds, to be written again with more. */
  content(): PackContent {
    const modules = new Map<string, PackedModule>();
    for (const [file, { place }] of this.#places)
      if (this.#isWhole(place))
        modules.set(file, { source: this.#source(place), code: this.#code(place), stamp: place[1] });
    return { modules, resolved: this.#resolved };
  }

  #source([, , wide, at, length]: Place): string {
    return this.#bytes.toString(textual[wide].encoding, at, at + length);
  }

  #code([, , , at, length, code]: Place): Buffer {
    return this.#bytes.subarray(at + length, at + length + code);
  }

  /** What was half written, or not at all when the power went, is not what it was. */
  #isWhole([, , , at, length, code, sum]: Place): boolean {
    const bytes = this.#bytes.subarray(at, at + length + code);
    return bytes.length === length + code && crc32(bytes) === sum;
  }

  #script(place: Place): Script | undefined {
    if (!this.#isWhole(place)) return undefined;
    return compileWrapped(place[0], this.#source(place), this.#code(place));
  }
}

/** Compiles a wrapped CommonJS file. */
export function compileWrapped(filename: string, source: string, cachedData?: Buffer): Script {
  const importModuleDynamically = constants.USE_MAIN_CONTEXT_DEFAULT_LOADER;
  return new Script(source, { filename, importModuleDynamically, ...(cachedData ? { cachedData } : {}) });
}

/**
 * Writes a pack; files that have changed since they were read are left out, and a folder that cannot be written to leaves things as they are.
 *
 * @param age how long ago the first name was looked up, in milliseconds: where what decides what names mean has changed since, none is kept
 */
export function writePack(file: string, { modules, resolved }: PackContent, age: number): void {
  const places: Place[] = [];
  const parts: Buffer[] = [];
  const numbers = new Map<string, number>();
  let at = 0;
  for (const [name, { source, code, stamp }] of modules) {
    const wide = /[^\0-\xff]/.test(source) ? 1 : 0;
    const text = Buffer.from(source, textual[wide].encoding);
    if (stamp !== stampOf(name) || at + text.length + code.length > maxBytes) continue;
    numbers.set(name, places.length);
    places.push([name, stamp, wide, at, text.length, code.length, crc32(code, crc32(text))]);
    parts.push(text, code);
    at += text.length + code.length;
  }
  const watched = watchedBy(numbers.keys());
  const folders = new Set(watched.map(([path]) => path));
  const settled = !watched.some(([path]) => isYoung(path, age));
  const known = [...resolved].flatMap(([key, name]): [string, number][] => {
    const number = numbers.get(name);
    const isWatched = folders.has(key.slice(0, key.indexOf('\0')));
    return number === undefined || !settled || !isWatched ? [] : [[key, number]];
  });
  const sibling = `${file}.${randomUUID()}`;
  const index: Index = { modules: places, watched, resolved: known };
  try {
    mkdirSync(dirname(file), { recursive: true });
    const head = Buffer.from(`${JSON.stringify(index)}\n`);
    writeFileSync(sibling, Buffer.concat([head, ...parts]));
    renameSync(sibling, file);
  } catch {
    // A cache that cannot be kept is none.
  }
}
