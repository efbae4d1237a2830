import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { workspaceRoot, writeFileAtomic } from '@fovea/files';
import { parseRecord } from './parse-record.ts';
import { recordText } from './record-text.ts';
import type { ResultRecord } from './record.ts';
import { sameResult } from './same-result.ts';

/** Which records to read; a missing field means every value. */
export interface RecordFilter {
  readonly experiment?: string;
  readonly profile?: string;
  readonly arm?: string;
}

/** What a write did: a record with the same result is left untouched, so that wall time and date do not churn. */
export type WriteOutcome = 'added' | 'unchanged' | 'replaced';

/**
 * Records as files: `<folder>/<experiment>/<profile>/<id>.json`, one run a file, each written whole or not at all.
 *
 * Any number of processes may write at once: a file is named by what determines it and takes its name in one rename.
 *
 * @example
 * const store = new RecordStore();
 * store.write(record); // 'added'
 * store.read({ experiment: 'bam', profile: 'smoke' }).length; // 1
 */
export class RecordStore {
  readonly folder: string;

  /** @param folder - default: `FOVEA_RESULTS`, or `results/` of the workspace */
  constructor(folder: string = process.env.FOVEA_RESULTS ?? join(workspaceRoot(), 'results')) {
    this.folder = folder;
  }

  /** The file of a record. */
  pathOf(record: Pick<ResultRecord, 'experiment' | 'profile' | 'id'>): string {
    return join(this.folder, record.experiment, record.profile, `${record.id}.json`);
  }

  /**
   * Stores a record under its id.
   *
   * @throws Error when the record breaks the schema, its id is not the hash of what determines it, or the file cannot be written
   */
  write(record: ResultRecord): WriteOutcome {
    const checked = parseRecord(record, 'RecordStore.write');
    const path = this.pathOf(checked);
    const before = readText(path);
    if (before !== undefined && storedEquals(before, checked)) return 'unchanged';
    writeFileAtomic(path, recordText(checked));
    return before === undefined ? 'added' : 'replaced';
  }

  /**
   * Every stored record that the filter lets through, in order of experiment, profile, arm, seed and id.
   *
   * @throws Error naming the file, the path inside it and the value when a file is no valid record or lies in the wrong place
   */
  read(filter: RecordFilter = {}): ResultRecord[] {
    const records: ResultRecord[] = [];
    for (const experiment of subfolders(this.folder, filter.experiment)) {
      for (const profile of subfolders(join(this.folder, experiment), filter.profile)) {
        const folder = join(this.folder, experiment, profile);
        for (const file of entries(folder)) {
          if (!/^[0-9a-f]{16}\.json$/.test(file.name)) continue;
          const record = this.readFile(join(folder, file.name));
          if (record && (filter.arm === undefined || record.arm === filter.arm)) records.push(record);
        }
      }
    }
    return records.sort(byPlace);
  }

  private readFile(path: string): ResultRecord | undefined {
    const text = readText(path);
    if (text === undefined) return undefined; // gone between the listing and now: another process removed it
    const name = relative(this.folder, path).replaceAll('\\', '/');
    const record = parseRecord(parseJson(text, name), name);
    const expected = `${record.experiment}/${record.profile}/${record.id}.json`;
    if (name !== expected)
      throw new Error(`${name}: its content belongs in ${expected}; move the file there.`);
    return record;
  }
}

function byPlace(a: ResultRecord, b: ResultRecord): number {
  const place = (r: ResultRecord): string => `${r.experiment}\0${r.profile}\0${r.arm}\0`;
  if (place(a) !== place(b)) return place(a) < place(b) ? -1 : 1;
  return a.seed - b.seed || (a.id < b.id ? -1 : 1);
}

function storedEquals(text: string, record: ResultRecord): boolean {
  try {
    return sameResult(parseRecord(JSON.parse(text), ''), record);
  } catch {
    return false; // what lies there is damaged: writing repairs it
  }
}

function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(
      `${name}: is not JSON (${(error as Error).message}). Delete it and run its experiment again.`,
      {
        cause: error,
      },
    );
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function entries(folder: string): { name: string; isDirectory: () => boolean }[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function subfolders(folder: string, only: string | undefined): string[] {
  const names = entries(folder)
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  return only === undefined ? names.sort() : names.filter((name) => name === only);
}
