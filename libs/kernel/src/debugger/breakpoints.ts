import type { CodePlace, Inspector } from './inspector.ts';
import type { Unit } from './sources.ts';

/** Breakpoints by source path; lines count from 1, as front ends count them. */
export class Breakpoints {
  readonly #lines = new Map<string, readonly number[]>();
  readonly #set = new Map<string, string[]>();
  readonly #inspector: Inspector;

  constructor(inspector: Inspector) {
    this.#inspector = inspector;
  }

  /** Replaces the breakpoints of a source; returns where they are now: a line without code gives way to the next one. */
  async replace(path: string, lines: readonly number[], units: readonly Unit[]): Promise<number[]> {
    const own = units.filter((unit) => unit.path === path);
    await Promise.all(
      (this.#set.get(path) ?? []).map((breakpointId) =>
        this.#inspector.post('Debugger.removeBreakpoint', { breakpointId }),
      ),
    );
    this.#set.set(path, []);
    this.#lines.set(path, lines);
    let moved: number[] = [...lines];
    for (const unit of own) moved = await this.apply(unit);
    this.#lines.set(path, moved);
    return moved;
  }

  /** Sets what is wanted for a source in one more script of it; returns the lines where V8 will stop. */
  async apply({ url, path, generated, original }: Unit): Promise<number[]> {
    const ids = this.#set.get(path) ?? [];
    this.#set.set(path, ids);
    const set = async (line: number): Promise<number> => {
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
      const [place] = locations;
      if (!place) return found.line + 1;
      const at = { line: place.lineNumber, column: place.columnNumber };
      // V8 stops behind a return statement's last character, where the next line may begin already.
      const behind = original({ ...at, column: at.column - 1 });
      const real = behind && behind.line >= found.line ? behind : original(at);
      return (real?.line ?? found.line) + 1;
    };
    const unique = [...new Set(this.#lines.get(path) ?? [])];
    return Promise.all(unique.map(set));
  }

  /** All of them, as `debugInfo` lists them. */
  list(): { source: string; breakpoints: { line: number; source: { path: string }; verified: boolean }[] }[] {
    return [...this.#lines]
      .filter(([, lines]) => lines.length > 0)
      .map(([path, lines]) => ({
        source: path,
        breakpoints: lines.map((line) => ({ line, source: { path }, verified: true })),
      }));
  }
}
