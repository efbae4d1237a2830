import { randomUUID } from 'node:crypto';

/** What travels over a comm. */
export interface CommMessage {
  readonly data: Readonly<Record<string, unknown>>;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly buffers: readonly Uint8Array[];
}

/** What may be sent beside the data. */
export interface CommExtras {
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly buffers?: readonly Uint8Array[];
}

type Kind = 'comm_open' | 'comm_msg' | 'comm_close';
type Send = (kind: Kind, content: Readonly<Record<string, unknown>>, extras: Required<CommExtras>) => void;

/** A two-way channel between a notebook's front end and the kernel. */
export class Comm {
  readonly id: string;
  readonly target: string;
  /** Called with each message of the front end. */
  onMessage: ((message: CommMessage) => void) | undefined;
  /** Called when the front end closes the channel. */
  onClose: ((message: CommMessage) => void) | undefined;
  readonly #send: Send;
  readonly #forget: () => void;

  constructor(id: string, target: string, send: Send, forget: () => void) {
    this.id = id;
    this.target = target;
    this.#send = send;
    this.#forget = forget;
  }

  send(data: Readonly<Record<string, unknown>>, { metadata = {}, buffers = [] }: CommExtras = {}): void {
    this.#send('comm_msg', { comm_id: this.id, data }, { metadata, buffers });
  }

  close(data: Readonly<Record<string, unknown>> = {}): void {
    this.#forget();
    this.#send('comm_close', { comm_id: this.id, data }, { metadata: {}, buffers: [] });
  }
}

/** All comms of a kernel. */
export class Comms {
  readonly #send: Send;
  readonly #open = new Map<string, Comm>();
  readonly #targets = new Map<string, (comm: Comm, message: CommMessage) => void>();

  constructor(send: Send) {
    this.#send = send;
  }

  /** Lets the front end open comms of a target. */
  register(target: string, opened: (comm: Comm, message: CommMessage) => void): void {
    this.#targets.set(target, opened);
  }

  /** Opens a comm to a target of the front end. */
  open(
    target: string,
    data: Readonly<Record<string, unknown>> = {},
    { metadata = {}, buffers = [] }: CommExtras = {},
    id: string = randomUUID(),
  ): Comm {
    const comm = this.#add(id, target);
    this.#send('comm_open', { comm_id: id, target_name: target, data }, { metadata, buffers });
    return comm;
  }

  /** Takes a message of the front end. */
  receive(kind: string, content: Readonly<Record<string, unknown>>, extras: Required<CommExtras>): void {
    const id = String(content.comm_id);
    const message: CommMessage = { data: (content.data ?? {}) as CommMessage['data'], ...extras };
    if (kind === 'comm_open') {
      const target = String(content.target_name);
      const opened = this.#targets.get(target);
      // Nobody here speaks that protocol: the front end must know.
      if (!opened) this.#send('comm_close', { comm_id: id, data: {} }, { metadata: {}, buffers: [] });
      else opened(this.#add(id, target), message);
      return;
    }
    const comm = this.#open.get(id);
    if (kind === 'comm_msg') comm?.onMessage?.(message);
    else {
      this.#open.delete(id);
      comm?.onClose?.(message);
    }
  }

  #add(id: string, target: string): Comm {
    const comm = new Comm(id, target, this.#send, () => this.#open.delete(id));
    this.#open.set(id, comm);
    return comm;
  }
}
