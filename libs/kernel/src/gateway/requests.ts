import type { ExecuteContent, JsonObject } from './channel-messages.ts';
import type { Header, Message } from './wire.ts';

/** A request that has been received; outputs refer to it by number. */
export interface Request {
  readonly id: number;
  readonly message: Message;
  readonly channel: 'shell' | 'control';
}

/** Requests by number. Old ones are forgotten, except their header, which late output still needs. */
export class Requests {
  readonly #open = new Map<number, Request>();
  readonly #headers = new Map<number, Header>();
  #last = 0;

  add(message: Message, channel: Request['channel']): Request {
    const request = { id: ++this.#last, message, channel };
    this.#open.set(request.id, request);
    this.#headers.set(request.id, message.header);
    if (this.#headers.size > 2000) this.#headers.delete(this.#headers.keys().next().value ?? 0);
    return request;
  }

  get(id: number): Request | undefined {
    return this.#open.get(id);
  }

  close(id: number): void {
    this.#open.delete(id);
  }

  header(id: number): Header | Record<string, never> {
    return this.#headers.get(id) ?? {};
  }
}

/** The part of an `execute_request` that the main thread needs. */
export function executeContent(content: JsonObject): ExecuteContent {
  const silent = content.silent === true;
  return {
    code: typeof content.code === 'string' ? content.code : '',
    silent,
    storeHistory: !silent && content.store_history !== false,
    userExpressions: (content.user_expressions ?? {}) as Record<string, string>,
  };
}
