import { statSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { MessagePort } from 'node:worker_threads';

/** Loads the user's own modules anew when a source has changed; needs the module hooks of the launcher. */
export class Reloader {
  readonly #port: MessagePort;
  readonly #times = new Map<string, number>();
  readonly #waiting: (() => void)[] = [];

  constructor(port: MessagePort) {
    this.#port = port;
    port.on('message', (message: { loaded?: string }) => {
      if (message.loaded) this.#note(message.loaded);
      else for (const done of this.#waiting.splice(0)) done();
    });
    port.unref();
  }

  /** Files that have been loaded, and have another time stamp now. */
  changed(): string[] {
    return [...this.#times].filter(([file, time]) => modified(file) !== time).map(([file]) => file);
  }

  /** Every file that has been loaded. */
  loaded(): string[] {
    return [...this.#times.keys()];
  }

  /** From now on these files, and what imports them, are loaded anew when they are imported. All others keep their state. */
  async renew(files: readonly string[]): Promise<void> {
    for (const file of files) this.#times.set(file, modified(file));
    const ready = new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#port.ref();
    this.#port.postMessage({ changed: files.map((file) => pathToFileURL(file).href) });
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
