import { stripVTControlCharacters } from 'node:util';
import type { Client, ProbeCell, Ran } from './client.ts';
import type { Peer } from './peers.ts';

type Language = Peer['language'];
type Cells = readonly (string | ProbeCell)[];

/** Something that a kernel does right or not; a language that has no such thing has no cells for it. */
interface Behaviour {
  readonly title: string;
  readonly cells: Readonly<Partial<Record<Language, Cells>>>;
  readonly holds: (ran: readonly Ran[]) => boolean;
}

/** What one kernel did: absent where its language has no such thing. */
export type Behaved = ReadonlyMap<string, boolean | undefined>;

const lines = 20_000;
/** What the last cell showed, without colours. */
const last = (ran: readonly Ran[]): string => stripVTControlCharacters(ran.at(-1)?.text ?? '').trim();
/** Whether everything ran and the last cell showed just this. */
const shows =
  (text: string) =>
  (ran: readonly Ran[]): boolean =>
    ran.every(({ status }) => status === 'ok') && last(ran) === text;
/** The same, with a cell before the last that was interrupted. */
const showsAfterInterrupt = (ran: readonly Ran[]): boolean =>
  ran.length === 3 && ran[1]?.status === 'error' && /^true$/i.test(last(ran));

const behaviours: readonly Behaviour[] = [
  {
    title: 'closures and later cells share a variable',
    cells: {
      typescript: ['let n = 0; const inc = () => { n++ };', 'inc(); inc();', 'n = 10;', 'inc(); n'],
      python: ['n = 0\ndef inc():\n    global n\n    n += 1', 'inc(); inc()', 'n = 10', 'inc(); n'],
    },
    holds: shows('11'),
  },
  {
    title: 'a variable of an earlier cell in { x }',
    cells: { typescript: ['const short = 5;', '({ short }).short'] },
    holds: shows('5'),
  },
  {
    title: 'const declared again, with another type',
    cells: {
      typescript: ['const again = 1;', 'const again = "two";', 'again.length'],
      python: ['again = 1', 'again = "two"', 'len(again)'],
    },
    holds: shows('3'),
  },
  {
    title: 'a class declared again',
    cells: {
      typescript: ['class Model { a = 1 }', 'class Model { b = 2 }', 'new Model().b'],
      python: ['class Model: a = 1', 'class Model: b = 2', 'Model().b'],
    },
    holds: shows('2'),
  },
  {
    title: 'wrong types are told before anything runs',
    cells: { typescript: ['console.log("ran"); const wrong: number = "text";'] },
    holds: ([only]) => only?.status === 'error' && !only.text.includes('ran'),
  },
  {
    title: 'await at the top of a cell',
    cells: {
      typescript: ['const later = await Promise.resolve(41);', 'later + 1'],
      python: ['import asyncio\nlater = await asyncio.sleep(0, 41)', 'later + 1'],
    },
    holds: shows('42'),
  },
  {
    title: 'for await at the top of a cell',
    cells: {
      typescript: [
        'async function* two() { yield 1; yield 2; }',
        'let sum = 0; for await (const one of two()) sum += one;',
        'sum',
      ],
      python: [
        'async def two():\n    yield 1\n    yield 2',
        'sum_ = 0\nasync for one in two(): sum_ += one',
        'sum_',
      ],
    },
    holds: shows('3'),
  },
  {
    title: 'export of a declaration',
    cells: { typescript: ['export const exported = 4;', 'exported + 1'] },
    holds: shows('5'),
  },
  {
    title: 'an exception is an error output with the line of the cell',
    cells: {
      typescript: ['const here = 1;\n\nthrow new Error("boom");'],
      python: ['here = 1\n\nraise ValueError("boom")'],
    },
    holds: ([only]) =>
      only?.status === 'error' &&
      only.error.includes('boom') &&
      /:3\b|line .*3/.test(stripVTControlCharacters(only.error)),
  },
  {
    title: `${lines.toLocaleString('en')} printed lines arrive whole`,
    cells: {
      typescript: [`for (let i = 0; i < ${lines}; i++) console.log("line " + i);`],
      python: [`for i in range(${lines}): print("line", i)`],
    },
    holds: ([only]) => only?.text.trim().split('\n').length === lines,
  },
  {
    title: 'output of a child process arrives',
    cells: {
      typescript: [
        'import { spawnSync } from "node:child_process"; spawnSync("echo", ["of a child"], { stdio: "inherit" }).status',
        'await new Promise((resolve) => setTimeout(resolve, 500));',
      ],
      python: [
        'import subprocess; subprocess.run(["echo", "of a child"]).returncode',
        'import time; time.sleep(0.5)',
      ],
    },
    // Late, or as output of the cell after it, is good enough.
    holds: (ran) => ran.some(({ text }) => text.includes('of a child')),
  },
  {
    title: 'a busy loop is interrupted and its state stays',
    cells: {
      typescript: ['let spins = 0;', { code: 'while (true) spins++;', interrupt: 1 }, 'spins > 0'],
      python: ['spins = 0', { code: 'while True: spins += 1', interrupt: 1 }, 'spins > 0'],
    },
    holds: showsAfterInterrupt,
  },
  {
    title: 'the same after an await',
    cells: {
      typescript: [
        'let turns = 0;',
        {
          code: 'await new Promise((resolve) => setTimeout(resolve, 10)); while (true) turns++;',
          interrupt: 1,
        },
        'turns > 0',
      ],
      python: [
        'import asyncio\nturns = 0',
        { code: 'await asyncio.sleep(0.01)\nwhile True: turns += 1', interrupt: 1 },
        'turns > 0',
      ],
    },
    holds: showsAfterInterrupt,
  },
];

/** Tries every behaviour in a fresh kernel of its own where the one before left none behind. */
export async function probe(client: Client, peer: Peer, folder: string): Promise<Behaved> {
  const behaved = new Map<string, boolean | undefined>();
  let alive = false;
  for (const { title, cells, holds } of behaviours) {
    const steps = cells[peer.language]?.map((cell) => (typeof cell === 'string' ? { code: cell } : cell));
    if (!steps) {
      behaved.set(title, undefined);
      continue;
    }
    if (!alive) {
      const started = await client.start(peer.name, folder);
      if ('error' in started) return behaved;
      alive = true;
    }
    // tslab refuses cells for a fifth of a second after an error: no other row should show that.
    await new Promise((resolve) => setTimeout(resolve, 400));
    const ran = await client.probe(peer.name, steps);
    behaved.set(title, ran.length === steps.length && holds(ran));
    if (ran.length < steps.length || ran.at(-1)?.status === 'silent') {
      await client.stop(peer.name);
      alive = false;
    }
  }
  if (alive) await client.stop(peer.name);
  return behaved;
}

/** The answers as a table, a column for each kernel. */
export function behaviourTable(all: ReadonlyMap<string, Behaved>): string {
  const titles = [...new Set([...all.values()].flatMap((behaved) => [...behaved.keys()]))];
  const width = Math.max(...titles.map(({ length }) => length));
  const word = (behaved: boolean | undefined): string =>
    behaved === undefined ? '-' : behaved ? 'yes' : 'no';
  const line = (title: string, words: readonly string[]): string =>
    `${title.padEnd(width)}  ${words.map((one, i) => one.padEnd([...all.keys()][i]?.length ?? 0)).join('  ')}`;
  return [
    line('behaviour', [...all.keys()]),
    ...titles.map((title) =>
      line(
        title,
        [...all.values()].map((behaved) => word(behaved.get(title))),
      ),
    ),
  ].join('\n');
}
