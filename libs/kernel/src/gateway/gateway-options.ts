import type { MessagePort } from 'node:worker_threads';
import type { CapturedDescriptors } from '../kernel/capture-descriptors.ts';
import type { Int32Flags } from '../session/flags.ts';
import type { JsonObject, ToMain } from './channel-messages.ts';
import type { Connection } from './connection-file.ts';

/** What a gateway needs from the thread it runs in. */
export interface GatewayOptions {
  readonly connection: Connection;
  readonly kernelInfo: JsonObject;
  readonly historyFile: string | undefined;
  readonly flags: Int32Flags;
  readonly inputPort: MessagePort;
  readonly descriptors: CapturedDescriptors;
  /** Takes what the main thread has posted by now. */
  catchUp(): void;
  toMain(message: ToMain): void;
  /** Answers completion, inspection and is-complete requests, whether or not a cell runs. */
  ask(kind: string, content: JsonObject): Promise<JsonObject>;
  /** Ends the process; the sockets are closed by then. */
  exit(restart: boolean): void;
}
