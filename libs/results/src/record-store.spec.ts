import { spawn } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exampleRecord } from './example-record.ts';
import { RecordStore } from './record-store.ts';

let store: RecordStore;
beforeEach(() => {
  store = new RecordStore(mkdtempSync(join(tmpdir(), 'fovea-results-')));
});
afterEach(() => {
  rmSync(store.folder, { recursive: true });
});

describe('RecordStore', () => {
  it('writes results/<experiment>/<profile>/<id>.json and reads it back', () => {
    const record = exampleRecord();
    expect(store.write(record)).toBe('added');
    expect(store.pathOf(record)).toBe(join(store.folder, 'bam', 'smoke', `${record.id}.json`));
    expect(store.read()).toEqual([record]);
  });
  it('reads nothing from a folder that does not exist', () => {
    expect(new RecordStore(join(store.folder, 'none')).read()).toEqual([]);
  });
  it('leaves an equal result untouched, so that only real changes reach git', () => {
    const record = exampleRecord();
    store.write(record);
    const text = readFileSync(store.pathOf(record), 'utf8');
    expect(store.write({ ...record, provenance: { ...record.provenance, wallSeconds: 99 } })).toBe(
      'unchanged',
    );
    expect(readFileSync(store.pathOf(record), 'utf8')).toBe(text);
    expect(store.write({ ...record, metrics: [] })).toBe('replaced');
    expect(store.read()[0]?.metrics).toEqual([]);
  });
  it('filters by experiment, profile and arm, in a fixed order', () => {
    const all = [
      exampleRecord({ seed: 1 }),
      exampleRecord({ seed: 0 }),
      exampleRecord({ arm: 'bam' }),
      exampleRecord({ experiment: 'dilo' }),
      exampleRecord({ profile: 'small' }),
    ];
    for (const record of all) store.write(record);
    expect(
      store.read({ experiment: 'bam', profile: 'smoke' }).map(({ arm, seed }) => `${arm} ${seed}`),
    ).toEqual(['bam 0', 'simclr 0', 'simclr 1']);
    expect(store.read({ arm: 'bam' })).toHaveLength(1);
    expect(store.read()).toHaveLength(5);
  });
  it('refuses to write an invalid record and leaves no file', () => {
    expect(() => store.write({ ...exampleRecord(), seed: -1 })).toThrow('RecordStore.write: seed');
    expect(readdirSync(store.folder)).toEqual([]);
  });
  it('names the file of a record that is damaged, and repairs it with the next write', () => {
    const record = exampleRecord();
    store.write(record);
    const path = store.pathOf(record);
    writeFileSync(path, readFileSync(path, 'utf8').slice(0, 100));
    expect(() => store.read()).toThrow(`bam/smoke/${record.id}.json: is not JSON`);
    expect(store.write(record)).toBe('replaced');
    expect(store.read()).toEqual([record]);
  });
  it('names the file, path and value of a record that breaks the schema', () => {
    const record = exampleRecord();
    store.write(record);
    const path = store.pathOf(record);
    writeFileSync(path, readFileSync(path, 'utf8').replace('"higher"', '"up"'));
    expect(() => store.read()).toThrow(
      new RegExp(`bam/smoke/${record.id}\\.json: metrics\\[0\\]\\.direction: .*"up"`),
    );
  });
  it('refuses a record that lies in the wrong place', () => {
    const record = exampleRecord();
    store.write(record);
    const wrong = join(store.folder, 'bam/small', `${record.id}.json`);
    mkdirSync(dirname(wrong));
    renameSync(store.pathOf(record), wrong);
    expect(() => store.read()).toThrow(`its content belongs in bam/smoke/${record.id}.json`);
  });
  it('ignores files that are no records', () => {
    store.write(exampleRecord());
    writeFileSync(join(store.folder, 'bam/smoke/loss.vl.json'), '{}');
    writeFileSync(join(store.folder, 'bam/smoke/0123456789abcdef.json.1.0.tmp'), '{');
    expect(store.read()).toHaveLength(1);
  });
  it('loses nothing when processes write at once, and a reader never meets half a record', async () => {
    const script = `
      import { RecordStore } from ${JSON.stringify(join(import.meta.dirname, 'record-store.ts'))};
      import { exampleRecord } from ${JSON.stringify(join(import.meta.dirname, 'example-record.ts'))};
      const [folder, name] = process.argv.slice(-2);
      for (let round = 0; round < 20; round++) {
        for (let seed = 0; seed < 4; seed++) {
          const record = exampleRecord({ seed });
          const metrics = record.metrics.map((m) => ({ ...m, value: round + Number(name) / 10 }));
          new RecordStore(folder).write({ ...record, metrics });
        }
      }
      new RecordStore(folder).write(exampleRecord({ seed: 100 + Number(name) }));`;
    const file = join(store.folder, 'writer.mts');
    writeFileSync(file, script);
    const writers = [1, 2, 3].map((name) => run(['--import', 'tsx', file, store.folder, String(name)]));
    const finished = Promise.all(writers);
    let done = false;
    void finished.finally(() => (done = true));
    let reads = 0;
    while (!done) {
      store.read(); // throws when it meets half a record
      reads++;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(await finished).toEqual([0, 0, 0]);
    expect(reads).toBeGreaterThan(3);
    expect(store.read().map(({ seed }) => seed)).toEqual([0, 1, 2, 3, 101, 102, 103]);
    expect(readdirSync(join(store.folder, 'bam/smoke')).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  }, 30_000);
});

function run(args: string[]): Promise<number | null> {
  return new Promise((resolve, reject) => {
    spawn(process.execPath, args, { stdio: 'inherit', cwd: import.meta.dirname })
      .on('error', reject)
      .on('exit', resolve);
  });
}
