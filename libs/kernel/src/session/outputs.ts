import type { MimeBundle } from '../displays/mime-bundle.ts';

/** The request a piece of output belongs to; opaque to the session. */
export type CellParent = unknown;

/** Where a session's output goes. `parent` says which cell it belongs to. */
export interface Outputs {
  stream(parent: CellParent, name: 'stdout' | 'stderr', text: string): void;
  display(parent: CellParent, message: DisplayMessage): void;
  result(parent: CellParent, count: number, bundle: MimeBundle): void;
  error(parent: CellParent, error: ErrorReport): void;
  clear(parent: CellParent, wait: boolean): void;
  input(parent: CellParent, code: string, count: number): void;
}

/** One rich output, or a change of one that was shown before. */
export interface DisplayMessage {
  readonly bundle: MimeBundle;
  readonly id?: string;
  readonly update?: boolean;
}

/** What Jupyter shows of an exception. */
export interface ErrorReport {
  readonly ename: string;
  readonly evalue: string;
  readonly traceback: readonly string[];
}
