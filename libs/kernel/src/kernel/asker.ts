import type { MessagePort } from 'node:worker_threads';

/** A question and its answer between threads. */
export interface Question<T = unknown> {
  readonly id: number;
  readonly kind: string;
  readonly content: T;
}
export interface Answer {
  readonly id: number;
  readonly content?: unknown;
  readonly error?: string;
}

/** Asks another thread and waits for its answers. */
export class Asker {
  readonly #port: MessagePort;
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  #last = 0;

  constructor(port: MessagePort) {
    this.#port = port;
    port.on('message', ({ id, content, error }: Answer) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) waiting?.resolve(content);
      else waiting?.reject(new Error(error));
    });
  }

  ask<T>(kind: string, content: unknown): Promise<T> {
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
      this.#port.postMessage({ id, kind, content } satisfies Question);
    });
  }
}

/** Answers the questions that arrive on a port. */
export function answer(
  port: {
    on(event: 'message', listener: (value: Question) => void): unknown;
    postMessage(value: Answer): void;
  },
  handlers: Readonly<Record<string, (content: never) => unknown>>,
): void {
  port.on('message', ({ id, kind, content }: Question) => {
    const run = async (): Promise<void> => {
      try {
        const handler = handlers[kind];
        if (!handler) throw new Error(`nothing answers ${kind}`);
        port.postMessage({ id, content: await handler(content as never) });
      } catch (error) {
        port.postMessage({
          id,
          error: error instanceof Error ? (error.stack ?? error.message) : String(error),
        });
      }
    };
    void run();
  });
}
