import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { JsonObject } from './channel-messages.ts';

interface Entry {
  readonly session: number;
  readonly line: number;
  readonly input: string;
  output?: string;
}

/** Inputs of this and earlier sessions, one JSON line each in a file. */
export class History {
  readonly #file: string | undefined;
  #read: { readonly entries: Entry[]; readonly session: number } | undefined;

  /** @param file where it lasts; without one it ends with the kernel */
  constructor(file: string | undefined) {
    this.#file = file;
  }

  /** Read when first needed: the file may be long, and a client waits for the kernel. */
  get #known(): { readonly entries: Entry[]; readonly session: number } {
    if (!this.#read) {
      const entries = read(this.#file);
      this.#read = {
        entries,
        session: entries.reduce((most, { session }) => Math.max(most, session), 0) + 1,
      };
    }
    return this.#read;
  }

  add(line: number, input: string): void {
    const { entries, session } = this.#known;
    const entry = { session, line, input };
    entries.push(entry);
    this.#append(entry);
  }

  /** Notes what a cell of this session showed as its result. */
  setOutput(line: number, output: string): void {
    const { entries, session } = this.#known;
    const entry = entries.findLast((one) => one.session === session && one.line === line);
    if (!entry) return;
    entry.output = output;
    this.#append(entry);
  }

  /** Answers a `history_request`: `[session, line, input]`, or with `[input, output]` where asked. */
  query(request: JsonObject): unknown[] {
    const number = (key: string): number | undefined =>
      typeof request[key] === 'number' ? (request[key] as number) : undefined;
    const { entries, session: own } = this.#known;
    const limit = number('n');
    let found: Entry[];
    if (request.hist_access_type === 'range') {
      const session = number('session') ?? 0;
      const wanted = session > 0 ? session : own + session;
      const start = number('start') ?? 0;
      const stop = number('stop') ?? Infinity;
      found = entries.filter((one) => one.session === wanted && one.line >= start && one.line < stop);
    } else if (request.hist_access_type === 'search') {
      const pattern = globPattern(typeof request.pattern === 'string' ? request.pattern : '*');
      found = entries.filter(({ input }) => pattern.test(input));
      if (request.unique === true) found = latestOfEach(found);
      if (limit !== undefined) found = limit > 0 ? found.slice(-limit) : [];
    } else {
      const count = limit ?? 10;
      found = count > 0 ? entries.slice(-count) : [];
    }
    const withOutput = request.output === true;
    return found.map(({ session, line, input, output }) => [
      session,
      line,
      withOutput ? [input, output ?? null] : input,
    ]);
  }

  #append(entry: Entry): void {
    if (!this.#file) return;
    try {
      mkdirSync(dirname(this.#file), { recursive: true });
      appendFileSync(this.#file, `${JSON.stringify(entry)}\n`);
    } catch {
      // A history that cannot be kept is no reason to fail a cell.
    }
  }
}

/** A shell pattern (`*`, `?`, `[…]`) that must match the whole text. */
function globPattern(glob: string): RegExp {
  const source = glob.replace(/[.*+?^${}()|\\]/g, (char) =>
    char === '*' ? '[\\s\\S]*' : char === '?' ? '[\\s\\S]' : `\\${char}`,
  );
  try {
    return new RegExp(`^${source.replace(/\[!/g, '[^')}$`);
  } catch {
    return new RegExp(`^${glob.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`);
  }
}

function latestOfEach(entries: readonly Entry[]): Entry[] {
  const latest = new Map<string, Entry>();
  for (const entry of entries) {
    latest.delete(entry.input);
    latest.set(entry.input, entry);
  }
  return [...latest.values()];
}

function read(file: string | undefined): Entry[] {
  if (!file) return [];
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return [];
  }
  const entries = new Map<string, Entry>();
  for (const line of text.split('\n')) {
    if (!line) continue;
    try {
      const entry = JSON.parse(line) as Entry;
      // A later line of the same cell adds its output.
      // Kernels that run at the same time may share a number.
      if (typeof entry.input === 'string')
        entries.set(JSON.stringify([entry.session, entry.line, entry.input]), entry);
    } catch {
      // A line cut short by a crash.
    }
  }
  return [...entries.values()];
}
