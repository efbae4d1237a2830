import { receiveMessageOnPort, workerData } from 'node:worker_threads';
import { Asker } from '../kernel/asker.ts';
import { logTo } from '../kernel/log.ts';
import type { GatewayData, ToGateway, ToMain } from './channel-messages.ts';
import { readConnectionFile } from './connection-file.ts';
import { Gateway } from './gateway.ts';
import { watchParent } from './watch-parent.ts';

const data = workerData as GatewayData;
const port = data.mainPort;
logTo(data.descriptors.log);
const language = new Asker(data.languagePort);

const gateway: Gateway = new Gateway({
  connection: readConnectionFile(data.connectionFile),
  kernelInfo: data.kernelInfo,
  historyFile: data.historyFile,
  flags: data.flags,
  inputPort: data.inputPort,
  descriptors: data.descriptors,
  catchUp: () => {
    for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) {
      gateway.fromMain(next.message as ToGateway);
    }
  },
  toMain: (message: ToMain) => port.postMessage(message),
  ask: (kind, content) => language.ask(kind, content),
  // The main thread may be busy for ever; it gets a moment to leave on its own.
  exit: () => setTimeout(() => process.kill(process.pid, 'SIGKILL'), 1000),
});
port.on('message', (message: ToGateway) => gateway.fromMain(message));
watchParent();
void gateway.start().then(() => port.postMessage({ type: 'serving' } satisfies ToMain));
