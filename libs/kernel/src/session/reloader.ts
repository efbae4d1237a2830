import { fileURLToPath, pathToFileURL } from 'node:url';
import { receiveMessageOnPort, type MessagePort } from 'node:worker_threads';
import { stampOf } from '../kernel/stamps.ts';

/** What the module hooks say: a file was loaded, as it was before it was read; or what changed will be loaded anew. */
interface HookMessage {
  readonly loaded?: string;
  readonly stamp?: string;
}

/** What the launcher knows of local CommonJS files. */
export interface LocalCommonJs {
  /** Files with the state they were in before they were read. */
  readonly stamps: Map<string, string>;
  /** Files that were loaded since somebody emptied this. */
  readonly fresh: Set<string>;
  /** Files, and every CommonJS file that has loaded one of them, directly or not. */
  dependents(files: readonly string[]): string[];
  /** Who asks for these files again gets them as they are then. */
  forget(files: readonly string[]): void;
}

/** Loads the user's own modules anew when a source has changed; needs the module hooks of the launcher. */
export class Reloader {
  readonly #port: MessagePort;
  readonly #commonJs: LocalCommonJs;
  readonly #stamps = new Map<string, string>();
  /** Files that the import which goes on has loaded. */
  readonly #fresh = new Set<string>();
  readonly #waiting: (() => void)[] = [];

  constructor(port: MessagePort, commonJs: LocalCommonJs) {
    this.#port = port;
    this.#commonJs = commonJs;
    port.on('message', (message: HookMessage) => {
      this.#hear(message);
    });
    port.unref();
  }

  /** Files that have been loaded, and are not any more what they were. */
  changed(): string[] {
    this.#drain();
    const all = [...this.#stamps, ...this.#commonJs.stamps];
    return [...new Set(all.filter(([file, stamp]) => stateOf(file) !== stamp).map(([file]) => file))];
  }

  /** Every file that has been loaded. */
  loaded(): string[] {
    this.#drain();
    return [...new Set([...this.#stamps.keys(), ...this.#commonJs.stamps.keys()])];
  }

  /** An import begins. */
  begins(): void {
    this.#drain();
    this.#fresh.clear();
    this.#commonJs.fresh.clear();
  }

  /** The import that began has failed: its files are read again by the next one, for Node would give the same failure for ever. */
  async retry(): Promise<void> {
    this.#drain();
    await this.renew([...new Set([...this.#fresh, ...this.#commonJs.fresh])]);
  }

  /** From now on these files, and what imports them, are loaded anew when they are imported. All others keep their state. */
  async renew(files: readonly string[]): Promise<void> {
    if (files.length === 0) return;
    for (const stamps of [this.#stamps, this.#commonJs.stamps]) {
      for (const file of files) if (stamps.has(file)) stamps.set(file, stateOf(file));
    }
    const all = this.#commonJs.dependents(files);
    this.#commonJs.forget(all);
    const ready = new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#port.ref();
    this.#port.postMessage({ changed: all.map((file) => pathToFileURL(file).href) });
    await ready;
    this.#port.unref();
  }

  /** What was loaded a moment ago may still be on its way. */
  #drain(): void {
    for (let next = receiveMessageOnPort(this.#port); next; next = receiveMessageOnPort(this.#port))
      this.#hear(next.message as HookMessage);
  }

  #hear({ loaded, stamp = '' }: HookMessage): void {
    if (loaded === undefined) return this.#waiting.splice(0).forEach((done) => done());
    const file = fileURLToPath(loaded.replace(/\?.*$/, ''));
    this.#stamps.set(file, stamp);
    this.#fresh.add(file);
  }
}

const stateOf = (file: string): string => stampOf(file) ?? '';
