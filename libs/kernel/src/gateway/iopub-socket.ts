import { XPublisher } from 'zeromq';
import { log } from '../kernel/log.ts';

/** Options of a ZeroMQ socket that zeromq names for subscribers only. */
const ZMQ_SUBSCRIBE = 6;
const ZMQ_UNSUBSCRIBE = 7;

/** A publisher on which a subscription counts only once it is accepted: what is sent before never overtakes the welcome. */
export class IopubSocket extends XPublisher {
  constructor(options: ConstructorParameters<typeof XPublisher>[0]) {
    super({ ...options, manual: true });
  }

  /** Lets whoever asked last, as received from this socket, hear the topic from now on. */
  accept(topic: Buffer): void {
    this.#set(ZMQ_SUBSCRIBE, topic);
  }

  /** Ends a subscription of whoever asked for that last. */
  release(topic: Buffer): void {
    this.#set(ZMQ_UNSUBSCRIBE, topic);
  }

  #set(option: number, topic: Buffer): void {
    if (this.closed) return;
    try {
      this.setStringOption(option, topic);
    } catch (error) {
      log(`a subscriber left before it was answered: ${String(error)}`);
    }
  }
}
