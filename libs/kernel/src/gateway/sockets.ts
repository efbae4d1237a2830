import { Reply, Router } from 'zeromq';
import { log } from '../kernel/log.ts';
import { address, type Connection } from './connection-file.ts';
import { IopubSocket } from './iopub-socket.ts';
import type { Message, Wire } from './wire.ts';

/** The five sockets of a kernel. */
export class Sockets {
  readonly shell = new Router({ linger: 500, sendHighWaterMark: 0, handover: true });
  readonly control = new Router({ linger: 500, sendHighWaterMark: 0, handover: true });
  readonly stdin = new Router({ linger: 500, sendHighWaterMark: 0, handover: true });
  readonly iopub = new IopubSocket({ linger: 500, sendHighWaterMark: 0 });
  readonly heartbeat = new Reply({ linger: 0 });
  #closing = false;

  async bind(connection: Connection): Promise<void> {
    await Promise.all([
      this.shell.bind(address(connection, connection.shell_port)),
      this.control.bind(address(connection, connection.control_port)),
      this.stdin.bind(address(connection, connection.stdin_port)),
      this.iopub.bind(address(connection, connection.iopub_port)),
      this.heartbeat.bind(address(connection, connection.hb_port)),
    ]);
  }

  /** Calls back with each message that is well formed and signed; others leave a line in the log. */
  async listen(
    channel: 'shell' | 'control' | 'stdin',
    wire: Wire,
    take: (message: Message) => void,
  ): Promise<void> {
    await this.#each(this[channel], (frames) => {
      try {
        take(wire.decode(frames));
      } catch (error) {
        log(`dropped a message on ${channel}: ${String(error)}`);
      }
    });
  }

  /** Calls back with each new subscription, which counts once it is accepted; the next one waits for that. */
  async subscriptions(take: (topic: Buffer, accept: () => void) => void): Promise<void> {
    await this.#each(this.iopub, async ([frame]) => {
      const topic = frame?.subarray(1);
      if (!topic) return;
      if (frame?.[0] === 0) this.iopub.release(topic);
      if (frame?.[0] !== 1) return;
      await new Promise<void>((resolve) => {
        take(topic, () => {
          this.iopub.accept(topic);
          resolve();
        });
      });
    });
  }

  /** Answers heartbeats with themselves. */
  async echo(): Promise<void> {
    await this.#each(this.heartbeat, (frames) => this.heartbeat.send(frames));
  }

  /** True once nothing can be sent any more. */
  get isClosed(): boolean {
    return this.#closing;
  }

  close(): void {
    this.#closing = true;
    for (const socket of [this.shell, this.control, this.stdin, this.iopub, this.heartbeat]) socket.close();
  }

  async #each(
    socket: AsyncIterable<Buffer[]>,
    take: (frames: Buffer[]) => void | Promise<void>,
  ): Promise<void> {
    try {
      for await (const frames of socket) await take(frames);
    } catch (error) {
      if (!this.#closing) throw error;
    }
  }
}
