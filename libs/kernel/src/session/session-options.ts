import type { CompileResult } from '../compiler/compile-cell.ts';
import type { KnownNames } from '../compiler/rewrite.ts';
import type { Int32Flags } from './flags.ts';
import type { Importer } from './importer.ts';
import type { CellParent, ErrorReport, Outputs } from './outputs.ts';
import type { Reloader } from './reloader.ts';

/** What a session needs from the outside. */
export interface SessionOptions {
  readonly importer: Importer;
  readonly outputs: Outputs;
  compile(source: string, known: KnownNames): CompileResult | Promise<CompileResult>;
  /** Type and documentation of the name that a text ends with, for `name?`. */
  inspect?(
    source: string,
  ): Promise<{ readonly found: boolean; readonly data: Readonly<Record<string, string>> }>;
  /** Is told when local modules were loaded anew. */
  reloaded?(): Promise<void>;
  /** Gives the reloader once modules can be loaded. */
  reloader?(): Promise<Reloader | undefined>;
  /** Is told the file name of each script before it runs; a debugger then sets its breakpoints. */
  beforeRun?(file: string): Promise<void> | undefined;
  /** Is told when the cell's own code begins, after its imports. */
  runs?(): void;
  /** Shared with the gateway. */
  readonly flags?: Int32Flags;
}

/** One execution. */
export interface ExecuteOptions {
  /** Shows nothing. */
  readonly silent?: boolean;
  /** Whether the execution gets a number of its own. */
  readonly countUp?: boolean;
  readonly parent?: CellParent;
}

/** How an execution ended. */
export type Outcome =
  | {
      readonly status: 'ok';
      readonly count: number;
      readonly value: unknown;
      /** What Jupyter shows beside the notebook, such as the pager. */
      readonly payload: readonly unknown[];
    }
  | ({ readonly status: 'error'; readonly count: number } & ErrorReport);
