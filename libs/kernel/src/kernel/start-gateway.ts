import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { GatewayData } from '../gateway/channel-messages.ts';
import { createFlags, type Int32Flags } from '../session/flags.ts';
import { captureDescriptors, type CapturedDescriptors } from './capture-descriptors.ts';
import { historyFile } from './history-file.ts';
import { kernelInfo } from './kernel-info.ts';
import { logTo } from './log.ts';
import { startThread } from './start-thread.ts';

/** The thread that answers clients, and the ways to it. */
export interface StartedGateway {
  readonly port: MessagePort;
  /** Where answers to `prompt` arrive. */
  readonly inputPort: MessagePort;
  /** The language thread's end of its connection with the gateway. */
  readonly languagePort: MessagePort;
  readonly flags: Int32Flags;
  readonly descriptors: CapturedDescriptors;
}

/**
 * Starts the thread that answers clients, before anything else of the kernel is loaded: a client that asks before it listens asks again
 * only a tenth of a second later.
 */
export function startGateway(connectionFile: string): StartedGateway {
  // Before any thread can open a file.
  const descriptors = captureDescriptors();
  logTo(descriptors.log);
  const flags = createFlags();
  const [main, input, language] = [new MessageChannel(), new MessageChannel(), new MessageChannel()];
  const data: GatewayData = {
    connectionFile,
    historyFile: historyFile(),
    kernelInfo,
    flags,
    mainPort: main.port2,
    inputPort: input.port2,
    languagePort: language.port1,
    descriptors,
  };
  startThread('gateway', data, [main.port2, input.port2, language.port1]);
  return { port: main.port1, inputPort: input.port1, languagePort: language.port2, flags, descriptors };
}
