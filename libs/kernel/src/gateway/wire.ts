import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';

/** The header of every Jupyter message. */
export interface Header {
  readonly msg_id: string;
  readonly msg_type: string;
  readonly session: string;
  readonly username: string;
  readonly date: string;
  readonly version: string;
}

/** A Jupyter message, without its signature. */
export interface Message {
  /** Routing prefix of the socket it came from or goes to; on iopub the topic. */
  readonly identities: readonly Buffer[];
  readonly header: Header;
  readonly parent: Header | Record<string, never>;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly content: Readonly<Record<string, unknown>>;
  readonly buffers: readonly Uint8Array[];
}

export const protocolVersion = '5.4';
const delimiter = Buffer.from('<IDS|MSG>');
/** Larger JSON parts than this are no Jupyter messages. */
const maxJsonBytes = 256 * 1024 * 1024;

/** Signs, encodes, checks and decodes messages of one connection. */
export class Wire {
  readonly #key: string;
  readonly #session = randomUUID();

  /** @param key the connection file's; empty means unsigned */
  constructor(key: string) {
    this.#key = key;
  }

  /** A header for a message of this kernel. */
  header(type: string): Header {
    return {
      msg_id: randomUUID(),
      msg_type: type,
      session: this.#session,
      username: 'kernel',
      date: new Date().toISOString(),
      version: protocolVersion,
    };
  }

  encode({ identities, header, parent, metadata, content, buffers }: Message): (Buffer | Uint8Array)[] {
    const parts = [header, parent, metadata, content].map((part) => Buffer.from(JSON.stringify(part)));
    return [...identities, delimiter, Buffer.from(this.#sign(parts)), ...parts, ...buffers];
  }

  /** @throws where the message is malformed or its signature is wrong; nobody may trust any of it then */
  decode(frames: readonly Buffer[]): Message {
    const at = frames.findIndex((frame) => frame.equals(delimiter));
    if (at < 0) throw new Error('no delimiter');
    const [signature, ...rest] = frames.slice(at + 1);
    const parts = rest.slice(0, 4);
    if (!signature || parts.length < 4) throw new Error('too few frames');
    if (parts.some((part) => part.length > maxJsonBytes)) throw new Error('a frame is too large');
    const expected = Buffer.from(this.#sign(parts));
    if (this.#key && (signature.length !== expected.length || !timingSafeEqual(signature, expected))) {
      throw new Error('wrong signature');
    }
    const [header, parent, metadata, content] = parts.map((part) => parseObject(part));
    if (typeof header?.msg_type !== 'string' || typeof header.msg_id !== 'string')
      throw new Error('no msg_type');
    return {
      identities: frames.slice(0, at),
      header: header as unknown as Header,
      parent: parent as unknown as Header,
      metadata: metadata ?? {},
      content: content ?? {},
      buffers: rest.slice(4),
    };
  }

  #sign(parts: readonly Buffer[]): string {
    if (!this.#key) return '';
    const hmac = createHmac('sha256', this.#key);
    for (const part of parts) hmac.update(part);
    return hmac.digest('hex');
  }
}

function parseObject(part: Buffer): Record<string, unknown> {
  const value: unknown = JSON.parse(part.toString('utf8'));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('not an object');
  return value as Record<string, unknown>;
}
