import { statSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { receiveMessageOnPort, type MessagePort } from 'node:worker_threads';

/** What the module hooks say: a file was loaded, as it was at a time; or what changed will be loaded anew. */
interface HookMessage {
  readonly loaded?: string;
  readonly time?: number;
}

/** Loads the user's own modules anew when a source has changed; needs the module hooks of the launcher. */
export class Reloader {
  readonly #port: MessagePort;
  readonly #times = new Map<string, number>();
  readonly #waiting: (() => void)[] = [];

  constructor(port: MessagePort) {
    this.#port = port;
    port.on('message', (message: HookMessage) => {
      this.#hear(message);
    });
    port.unref();
  }

  /** Files that have been loaded, and have another time stamp now. */
  changed(): string[] {
    // What was loaded a moment ago may still be on its way.
    for (let next = receiveMessageOnPort(this.#port); next; next = receiveMessageOnPort(this.#port))
      this.#hear(next.message as HookMessage);
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

  #hear({ loaded, time = 0 }: HookMessage): void {
    if (loaded === undefined) for (const done of this.#waiting.splice(0)) done();
    else this.#times.set(fileURLToPath(loaded.replace(/\?.*$/, '')), time);
  }
}

function modified(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
