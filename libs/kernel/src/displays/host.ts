import type { Comms } from '../comms/comms.ts';
import type { MimeBundle } from './mime-bundle.ts';

/** What the functions of a notebook reach the kernel by. */
export interface NotebookHost {
  display(bundle: MimeBundle | Promise<MimeBundle>, id: string | undefined, update: boolean): void;
  clear(wait: boolean): void;
  /** Waits for a line from the user. */
  input(prompt: string, password: boolean): string;
  readonly signal: AbortSignal;
  readonly comms: Comms;
}

const key = Symbol.for('fovea.notebook');

/** The kernel that runs this code; undefined in a plain Node process. */
export function notebookHost(): NotebookHost | undefined {
  return Reflect.get(globalThis, key) as NotebookHost | undefined;
}

export function setNotebookHost(host: NotebookHost | undefined): void {
  Reflect.set(globalThis, key, host);
}
