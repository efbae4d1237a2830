import { log } from '../kernel/log.ts';

/** The part of a ZeroMQ socket that sends. */
export interface Sender {
  send(frames: (Buffer | Uint8Array | string)[]): Promise<void>;
}

/** Something to be sent; made into frames at the last moment. */
export interface Outgoing {
  frames(): (Buffer | Uint8Array | string)[];
  /** Takes in a later message instead of sending it on its own. */
  absorb?(next: Outgoing): boolean;
}

/** Sends messages of one socket in order, one at a time, as ZeroMQ demands; neighbours that can merge do. */
export class Outbox {
  readonly #socket: Sender;
  readonly #queue: Outgoing[] = [];
  #sending: Promise<void> | undefined;

  constructor(socket: Sender) {
    this.#socket = socket;
  }

  post(message: Outgoing): void {
    const last = this.#queue.at(-1);
    if (last?.absorb?.(message)) return;
    this.#queue.push(message);
    this.#sending ??= this.#pump();
  }

  /** Resolves when everything posted so far is with the socket. */
  async flushed(): Promise<void> {
    while (this.#sending) await this.#sending;
  }

  async #pump(): Promise<void> {
    // Lets messages that arrive in the same turn merge before the first is sent.
    await Promise.resolve();
    for (let next = this.#queue.shift(); next; next = this.#queue.shift()) {
      try {
        await this.#socket.send(next.frames());
      } catch (error) {
        log(`a message could not be sent: ${String(error)}`);
      }
    }
    this.#sending = undefined;
  }
}
