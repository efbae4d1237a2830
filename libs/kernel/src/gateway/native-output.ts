import { readSync } from 'node:fs';
import { Socket } from 'node:net';

type Take = (name: 'stdout' | 'stderr', text: string) => void;

const chunk = Buffer.allocUnsafe(65_536);

/** Reads what native code and child processes write to the process's own descriptors. */
export class NativeOutput {
  readonly #pipes: {
    name: 'stdout' | 'stderr';
    descriptor: number;
    decoder: InstanceType<typeof TextDecoder>;
  }[] = [];
  readonly #take: Take;
  /** What has arrived but waits for what the main thread printed before. */
  #held: { readonly name: 'stdout' | 'stderr'; readonly data: Uint8Array } | undefined;

  /** @param before is called before text that has just arrived is taken: the main thread may have printed something earlier */
  constructor(
    descriptors: { stdout?: number | undefined; stderr?: number | undefined },
    before: () => void,
    take: Take,
  ) {
    this.#take = take;
    for (const name of ['stdout', 'stderr'] as const) {
      const descriptor = descriptors[name];
      if (descriptor === undefined) continue;
      this.#pipes.push({ name, descriptor, decoder: new TextDecoder() });
      const pipe = new Socket({ fd: descriptor, readable: true, writable: false });
      pipe.on('data', (data) => {
        this.#held = { name, data };
        before();
        this.#release();
      });
      pipe.on('error', () => undefined);
      pipe.unref();
    }
  }

  /**
   * Takes what has been written so far, without waiting.
   *
   * @param print true where the reason is text of the main thread, which goes before what has just arrived
   */
  drain(print: boolean): void {
    if (print && this.#held) return;
    this.#release();
    for (const { name, descriptor } of this.#pipes) {
      for (;;) {
        let length: number;
        try {
          length = readSync(descriptor, chunk);
        } catch {
          break; // Empty.
        }
        if (length === 0) break;
        this.#text(name, chunk.subarray(0, length));
      }
    }
  }

  #release(): void {
    const held = this.#held;
    this.#held = undefined;
    if (held) this.#text(held.name, held.data);
  }

  #text(name: 'stdout' | 'stderr', data: Uint8Array): void {
    const text = this.#pipes.find((pipe) => pipe.name === name)?.decoder.decode(data, { stream: true });
    if (text) this.#take(name, text);
  }
}
