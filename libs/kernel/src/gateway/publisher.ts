import type { JsonObject } from './channel-messages.ts';
import type { Outbox, Outgoing } from './outbox.ts';
import type { Message, Wire } from './wire.ts';

/** Sends what all clients hear. */
export class Publisher {
  readonly #wire: Wire;
  readonly #outbox: Outbox;

  constructor(wire: Wire, outbox: Outbox) {
    this.#wire = wire;
    this.#outbox = outbox;
  }

  publish(
    type: string,
    parent: Message['parent'],
    content: JsonObject,
    metadata: JsonObject = {},
    buffers: readonly Uint8Array[] = [],
  ): void {
    const header = this.#wire.header(type);
    const identities = [Buffer.from(type)];
    this.#outbox.post({
      frames: () => this.#wire.encode({ identities, header, parent, metadata, content, buffers }),
    });
  }

  /** Text of a cell; neighbouring texts of one stream travel together. */
  stream(id: number, parent: Message['parent'], name: string, text: string): void {
    const header = this.#wire.header('stream');
    const identities = [Buffer.from('stream')];
    const frames = (all: string): (Buffer | Uint8Array | string)[] =>
      this.#wire.encode({
        identities,
        header,
        parent,
        metadata: {},
        content: { name, text: all },
        buffers: [],
      });
    this.#outbox.post(new StreamOutgoing(`${id} ${name}`, text, frames));
  }

  status(parent: Message['parent'], state: 'busy' | 'idle' | 'starting'): void {
    this.publish('status', parent, { execution_state: state });
  }

  /** Tells a new subscriber that it is connected, before anything else that it hears. */
  welcome(subscription: Buffer, accept: () => void): void {
    const header = this.#wire.header('iopub_welcome');
    const content = { subscription: subscription.toString() };
    const identities = [subscription];
    this.#outbox.post({
      frames: () => {
        accept();
        return this.#wire.encode({ identities, header, parent: {}, metadata: {}, content, buffers: [] });
      },
    });
  }
}

const maxStreamText = 1_000_000;

class StreamOutgoing implements Outgoing {
  readonly key: string;
  readonly #texts: string[];
  readonly #frames: (text: string) => (Buffer | Uint8Array | string)[];
  #length: number;

  constructor(key: string, text: string, frames: (text: string) => (Buffer | Uint8Array | string)[]) {
    this.key = key;
    this.#texts = [text];
    this.#length = text.length;
    this.#frames = frames;
  }

  frames(): (Buffer | Uint8Array | string)[] {
    return this.#frames(this.#texts.join(''));
  }

  absorb(next: Outgoing): boolean {
    if (!(next instanceof StreamOutgoing) || next.key !== this.key || this.#length > maxStreamText)
      return false;
    this.#texts.push(...next.#texts);
    this.#length += next.#length;
    return true;
  }
}
