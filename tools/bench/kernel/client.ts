import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { delimiter } from 'node:path';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('client.py', import.meta.url));

/** What a block of cells took, and the first error if one failed. */
export interface CellTimes {
  readonly ms: number[];
  readonly failed: string | null;
}

/** A cell whose behaviour is looked at. */
export interface ProbeCell {
  readonly code: string;
  /** Seconds after which it is interrupted. */
  readonly interrupt?: number;
}

/** What a cell replied, printed and showed; `silent` where it neither ended nor answered. */
export interface Ran {
  readonly status: string;
  readonly text: string;
  readonly error: string;
}

/** Jupyter's Python client in a process of its own, which does the timing. */
export class Client {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  /**
   * @param python interpreter that has jupyter_client
   * @param kernelspecs folder whose `kernels` are known besides the installed ones, and before them
   */
  constructor(python: string, kernelspecs: string) {
    const path = [kernelspecs, process.env.JUPYTER_PATH].filter(Boolean).join(delimiter);
    this.#child = spawn(python, [script], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, JUPYTER_PATH: path, JUPYTER_PREFER_ENV_PATH: '0', FOVEA_HISTORY: '' },
    });
    if (!this.#child.stdout) throw new Error('bench: the client has no output.');
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  start(kernel: string, folder: string): Promise<{ readonly seconds: number } | { readonly error: string }> {
    return this.#ask({ do: 'start', kernel, folder });
  }

  async cells(kernel: string, codes: readonly string[]): Promise<CellTimes> {
    const answer = await this.#ask<CellTimes | { readonly error: string }>({ do: 'cells', kernel, codes });
    return 'error' in answer ? { ms: [], failed: answer.error } : answer;
  }

  /** Runs cells, some of which are interrupted; the last that is told of may be one that never ended. */
  async probe(kernel: string, cells: readonly ProbeCell[]): Promise<readonly Ran[]> {
    const answer = await this.#ask<{ readonly ran?: readonly Ran[] }>({ do: 'probe', kernel, cells });
    return answer.ran ?? [];
  }

  async memory(kernel: string): Promise<number> {
    return (await this.#ask<{ readonly mib: number }>({ do: 'memory', kernel })).mib;
  }

  stop(kernel: string): Promise<unknown> {
    return this.#ask({ do: 'stop', kernel });
  }

  close(): void {
    this.#child.stdin?.end();
  }

  async #ask<T>(command: object): Promise<T> {
    this.#child.stdin?.write(`${JSON.stringify(command)}\n`);
    const line = await this.#lines.next();
    if (line.done) throw new Error('bench: the client ended early.');
    return JSON.parse(line.value) as T;
  }
}
