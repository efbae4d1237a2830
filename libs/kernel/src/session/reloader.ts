import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { MessagePort } from 'node:worker_threads';

/** Loads the user's own modules anew when a source has changed; needs the module hooks of the launcher. */
export class Reloader {
  readonly #port: MessagePort;
  readonly #times = new Map<string, number>();
  readonly #waiting: (() => void)[] = [];
  #generation = 0;

  constructor(port: MessagePort) {
    this.#port = port;
    port.on('message', (message: { loaded?: string; generation?: number }) => {
      if (message.loaded) this.#note(message.loaded);
      else for (const done of this.#waiting.splice(0)) done();
    });
    port.unref();
  }

  /** Whether a source that was loaded has another time stamp now. */
  changed(): boolean {
    return [...this.#times].some(([file, time]) => modified(file) !== time);
  }

  /** From now on every local module is loaded anew when it is imported. */
  async renew(): Promise<void> {
    this.#times.clear();
    this.#generation++;
    const ready = new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#port.ref();
    this.#port.postMessage({ generation: this.#generation });
    await ready;
    this.#port.unref();
  }

  #note(url: string): void {
    const file = fileURLToPath(url.replace(/\?.*$/, ''));
    this.#times.set(file, modified(file));
  }
}

function modified(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
