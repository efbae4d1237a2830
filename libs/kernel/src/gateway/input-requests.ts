import type { MessagePort } from 'node:worker_threads';
import { flag, type Int32Flags } from '../session/flags.ts';
import type { InputAnswer } from './channel-messages.ts';
import type { Request } from './requests.ts';

/** Asks the user on behalf of a main thread that waits synchronously. */
export class InputRequests {
  readonly #flags: Int32Flags;
  readonly #port: MessagePort;
  readonly #send: (request: Request, content: { prompt: string; password: boolean }) => void;
  #waiting: Request | undefined;

  /** @param send sends an `input_request` to whoever sent a cell */
  constructor(
    flags: Int32Flags,
    port: MessagePort,
    send: (request: Request, content: { prompt: string; password: boolean }) => void,
  ) {
    this.#flags = flags;
    this.#port = port;
    this.#send = send;
  }

  /** True while the main thread waits for an answer. */
  get isWaiting(): boolean {
    return this.#waiting !== undefined;
  }

  ask(request: Request | undefined, prompt: string, password: boolean): void {
    if (!request || request.message.content.allow_stdin === false) return this.#wake({ error: 'refused' });
    this.#waiting = request;
    this.#send(request, { prompt, password });
  }

  /** Gives the main thread what it waits for; an answer that nobody waits for is dropped. */
  answer(answer: InputAnswer): void {
    if (!this.#waiting) return;
    this.#waiting = undefined;
    this.#wake(answer);
  }

  #wake(answer: InputAnswer): void {
    this.#port.postMessage(answer);
    Atomics.add(this.#flags, flag.input, 1);
    Atomics.notify(this.#flags, flag.input);
  }
}
