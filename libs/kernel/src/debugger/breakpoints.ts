import type { CodePlace, Inspector } from './inspector.ts';
import type { Unit } from './sources.ts';

/** Where to stop, and when. */
export interface WantedBreakpoint {
  readonly line: number;
  /** Stop only where this holds. */
  readonly condition?: string;
  /** `5`, `== 5`: the fifth time; `> 5`, `>= 5`, `< 5`, `<= 5`; `% 5`: each fifth time. */
  readonly hitCondition?: string;
  /** Do not stop, but say this; expressions stand in braces. */
  readonly logMessage?: string;
}

/** A breakpoint that V8 has, with how often it was reached. */
export interface SetBreakpoint {
  readonly wanted: WantedBreakpoint;
  hits: number;
}

/** Breakpoints by source path; lines count from 1, as front ends count them. */
export class Breakpoints {
  readonly #wanted = new Map<string, readonly WantedBreakpoint[]>();
  readonly #byId = new Map<string, SetBreakpoint>();
  readonly #set = new Map<string, string[]>();
  readonly #inspector: Inspector;

  constructor(inspector: Inspector) {
    this.#inspector = inspector;
  }

  /** Replaces the breakpoints of a source; returns where they are now: a line without code gives way to the next one. */
  async replace(
    path: string,
    wanted: readonly WantedBreakpoint[],
    units: readonly Unit[],
  ): Promise<number[]> {
    const own = units.filter((unit) => unit.path === path);
    await Promise.all(
      (this.#set.get(path) ?? []).map((breakpointId) => {
        this.#byId.delete(breakpointId);
        return this.#inspector.post('Debugger.removeBreakpoint', { breakpointId });
      }),
    );
    this.#set.set(path, []);
    this.#wanted.set(path, wanted);
    let moved = wanted.map(({ line }) => line);
    for (const unit of own) moved = await this.apply(unit);
    this.#wanted.set(
      path,
      wanted.map((one, i) => ({ ...one, line: moved[i] ?? one.line })),
    );
    return moved;
  }

  /** Sets what is wanted for a source in one more script of it; returns the lines where V8 will stop. */
  async apply({ url, path, generated, original }: Unit): Promise<number[]> {
    const ids = this.#set.get(path) ?? [];
    this.#set.set(path, ids);
    const set = async (wanted: WantedBreakpoint): Promise<number> => {
      const { line } = wanted;
      const found = generated(line - 1);
      if (!found) return line;
      const { breakpointId, locations } = await this.#inspector.post<{
        breakpointId: string;
        locations: readonly CodePlace[];
      }>('Debugger.setBreakpointByUrl', {
        url,
        lineNumber: found.place.line,
        columnNumber: found.place.column,
      });
      ids.push(breakpointId);
      this.#byId.set(breakpointId, { wanted, hits: 0 });
      const [place] = locations;
      if (!place) return found.line + 1;
      const at = { line: place.lineNumber, column: place.columnNumber };
      // V8 stops behind a return statement's last character, where the next line may begin already.
      const behind = original({ ...at, column: at.column - 1 });
      const real = behind && behind.line >= found.line ? behind : original(at);
      return (real?.line ?? found.line) + 1;
    };
    // Two on one line would be one to V8.
    const byLine = new Map<number, Promise<number>>();
    const lines = (this.#wanted.get(path) ?? []).map((wanted) => {
      const real = byLine.get(wanted.line) ?? set(wanted);
      byLine.set(wanted.line, real);
      return real;
    });
    return Promise.all(lines);
  }

  /** Those of V8's breakpoints that are ours. */
  reached(ids: readonly string[]): SetBreakpoint[] {
    return ids.flatMap((id) => this.#byId.get(id) ?? []);
  }

  /** All of them, as `debugInfo` lists them. */
  list(): { source: string; breakpoints: readonly object[] }[] {
    return [...this.#wanted]
      .filter(([, wanted]) => wanted.length > 0)
      .map(([path, wanted]) => ({
        source: path,
        breakpoints: wanted.map((one) => ({ ...one, source: { path }, verified: true })),
      }));
  }
}

/** Whether a breakpoint that has been reached so often stops now. */
export function isDue({ wanted: { hitCondition = '' }, hits }: SetBreakpoint): boolean {
  const [, operator = '', digits] = /^\s*(==?=?|>=?|<=?|%)?\s*(\d+)\s*$/.exec(hitCondition) ?? [];
  if (digits === undefined) return true;
  const count = Number(digits);
  if (operator === '%') return count > 0 && hits % count === 0;
  if (operator === '>') return hits > count;
  if (operator === '>=') return hits >= count;
  if (operator === '<') return hits < count;
  if (operator === '<=') return hits <= count;
  return hits === count;
}
