import { inspect } from 'node:util';
import type { Session } from './session.ts';

/** A cell without its magic lines, and what to do after it has run. */
export interface Prepared {
  readonly source: string;
  /** Text to print before the cell runs. */
  readonly before: string;
  after?(ms: number): string;
}

type Magic = (session: Session, argument: string) => string;

const magics: Readonly<Record<string, Magic>> = {
  who: (session) => {
    const rows = session.scope.values().map(([name, value]) => `${name.padEnd(20)} ${describe(value)}`);
    return rows.length > 0 ? rows.sort().join('\n') : 'Nothing is declared.';
  },
  mem: () => {
    const { rss, heapUsed, external } = process.memoryUsage();
    const mb = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
    return `process ${mb(rss)}, JavaScript heap ${mb(heapUsed)}, buffers ${mb(external)}`;
  },
  seed: (_, argument) => {
    const seed = Number(argument);
    if (!Number.isInteger(seed)) throw new Error(`%seed: needs an integer, got ${argument || 'nothing'}.`);
    Reflect.set(Math, 'random', seededRandom(seed));
    return `Math.random starts from seed ${seed}.`;
  },
  check: (session, argument) => {
    if (argument === 'off' || argument === 'warn' || argument === 'error') session.typeCheck = argument;
    else if (argument) throw new Error(`%check: must be off, warn or error, got ${argument}.`);
    return `Type errors: ${session.typeCheck}.`;
  },
  await: (session, argument) => {
    if (argument === 'on' || argument === 'off') session.awaitLast = argument === 'on';
    else if (argument) throw new Error(`%await: must be on or off, got ${argument}.`);
    return `The last value is ${session.awaitLast ? 'awaited' : 'shown as it is'}.`;
  },
  autoreload: (session, argument) => {
    const modes = { '': 'once', 0: 'off', 1: 'named', 2: 'on' } as const;
    if (!Object.hasOwn(modes, argument)) throw new Error(`%autoreload: must be 0, 1 or 2, got ${argument}.`);
    session.autoreload = modes[argument as keyof typeof modes];
    return '';
  },
  aimport: (session, argument) => {
    for (const specifier of argument.split(/[\s,]+/).filter(Boolean)) {
      if (specifier.startsWith('-')) session.reloadable.delete(specifier.slice(1));
      else session.reloadable.add(specifier);
    }
    const named = [...session.reloadable].join(', ');
    return argument ? '' : `Reloaded by %autoreload 1: ${named || 'nothing'}.`;
  },
  reload: (session) => {
    session.autoreload = 'once';
    return '';
  },
  cells: (session) => session.graph.report(),
  magics: () =>
    `%time, ${Object.keys(magics)
      .map((name) => `%${name}`)
      .join(', ')}`,
};

/** Takes the `%` lines at the top of a cell. Line numbers of the rest stay as they are. */
export function takeMagics(session: Session, source: string): Prepared {
  const lines = source.split('\n');
  const before: string[] = [];
  let timed = false;
  for (const [i, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const match = /^%(\w+)(?:\s+(.*))?$/.exec(line.trim());
    if (!match) break;
    const [, name = '', argument = ''] = match;
    if (name === 'time') {
      timed = true;
      lines[i] = argument;
      if (argument) break;
      continue;
    }
    const magic = magics[name];
    if (!magic) throw new Error(`%${name} is unknown; there are ${magics.magics?.(session, '') ?? ''}.`);
    before.push(magic(session, argument.trim()));
    lines[i] = '';
  }
  const prepared = {
    source: lines.join('\n'),
    before: before
      .filter(Boolean)
      .map((text) => `${text}\n`)
      .join(''),
  };
  return timed ? { ...prepared, after: (ms) => `Wall time: ${formatMs(ms)}\n` } : prepared;
}

function describe(value: unknown): string {
  const kind =
    value === null
      ? 'null'
      : typeof value === 'object'
        ? (value.constructor?.name ?? 'object')
        : typeof value;
  const text = inspect(value, { depth: 0, breakLength: Infinity }).split('\n')[0] ?? '';
  return `${kind.padEnd(12)} ${text.length > 60 ? `${text.slice(0, 59)}…` : text}`;
}

function formatMs(ms: number): string {
  return ms < 1000 ? `${ms.toFixed(1)} ms` : `${(ms / 1000).toFixed(2)} s`;
}

/** A Weyl sequence through MurmurHash3's finaliser; for sketches, not for experiments. */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let x = state;
    x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
    return ((x ^ (x >>> 16)) >>> 0) / 2 ** 32;
  };
}
