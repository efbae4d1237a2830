import type { Program } from 'acorn';
import type MagicString from 'magic-string';
import type { DeclarationKind } from './names.ts';

/** What the session knows of a name that an earlier cell declared. */
export type KnownNames = ReadonlyMap<string, DeclarationKind>;

/** The rewritten cell, before it is wrapped. */
export interface Rewritten {
  readonly text: MagicString;
  readonly declared: ReadonlyMap<string, DeclarationKind>;
  /** Names of enums and namespaces, which start afresh instead of merging with an earlier cell's. */
  readonly fresh: readonly string[];
  /** Names whose binding the code needs, in order of first use. */
  readonly bindings: readonly string[];
  /** Names that the cell reads or assigns but does not declare. */
  readonly uses: readonly string[];
  readonly hoisted: readonly string[];
  readonly needsAwait: boolean;
  /** Prefix of every name the rewriter adds; it occurs nowhere in the cell. `0` after it is the kernel, `1` the flags. */
  readonly prefix: string;
}

/** A cell to be rewritten. */
export interface RewriteInput {
  /** Its JavaScript. */
  readonly code: string;
  readonly program: Program;
  /** Its TypeScript: names that are only in `code` are TypeScript's own. */
  readonly cell: string;
  readonly known: KnownNames;
  /** Names that `using` declares, with whether it is `await using`. */
  readonly using: ReadonlyMap<string, boolean>;
}
