import { compileCell } from '../compiler/compile-cell.ts';
import type { DeclarationKind } from '../compiler/names.ts';

/** A code cell as a notebook file holds it. */
export interface NotebookCell {
  readonly source: string;
  /** Number of its latest execution; null where it has not run. */
  readonly executionCount: number | null;
}

/** What the execution numbers of a notebook say about its outputs; cells are counted from 0, code cells alone. */
export interface NotebookReport {
  /** Cells without an execution. */
  readonly unexecuted: readonly number[];
  /** Cells that ran before one that stands above them. */
  readonly outOfOrder: readonly number[];
  /** Cells that used a name before `by` declared it anew: run again, they may give something else. */
  readonly stale: readonly { readonly cell: number; readonly name: string; readonly by: number }[];
  /** Cells whose text cannot be read. */
  readonly unreadable: readonly number[];
}

/**
 * Which cells of a notebook are out of order or stale, by the names that each declares and uses.
 *
 * Only names are followed: a value that is changed in place is not seen. Magic lines are left out.
 */
export function notebookReport(cells: readonly NotebookCell[]): NotebookReport {
  const known = new Map<string, DeclarationKind>();
  const read = cells.map(({ source, executionCount }, cell) => {
    const compiled = compileCell(source.replace(/^\s*%.*$/gm, ''), known);
    if (!compiled.ok) return { cell, executionCount, declares: [], uses: [], readable: false };
    const { declared, imports, uses } = compiled.cell;
    for (const [name, kind] of declared) known.set(name, kind);
    const imported = imports.flatMap(({ bindings }) => bindings.map(({ local }) => local));
    const declares = [...new Set([...declared.map(([name]) => name), ...imported])];
    return { cell, executionCount, declares, uses, readable: true };
  });
  const ran = read.flatMap((one) =>
    one.executionCount === null ? [] : [{ ...one, at: one.executionCount }],
  );
  const latest = new Map<string, { readonly cell: number; readonly at: number }>();
  for (const { cell, at, declares } of [...ran].sort((a, b) => a.at - b.at)) {
    for (const name of declares) latest.set(name, { cell, at });
  }
  let highest = -Infinity;
  const outOfOrder = ran.filter(({ at }) => {
    const early = at < highest;
    highest = Math.max(highest, at);
    return early;
  });
  return {
    unexecuted: read.filter(({ executionCount }) => executionCount === null).map(({ cell }) => cell),
    outOfOrder: outOfOrder.map(({ cell }) => cell),
    stale: ran.flatMap(({ cell, at, uses }) =>
      uses.flatMap((name) => {
        const giver = latest.get(name);
        return giver && giver.at > at ? [{ cell, name, by: giver.cell }] : [];
      }),
    ),
    unreadable: read.filter(({ readable }) => !readable).map(({ cell }) => cell),
  };
}
