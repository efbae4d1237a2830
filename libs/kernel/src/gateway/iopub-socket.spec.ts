import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Subscriber } from 'zeromq';
import { Outbox } from './outbox.ts';
import { Publisher } from './publisher.ts';
import { Sockets } from './sockets.ts';
import { Wire } from './wire.ts';

describe('subscriptions', () => {
  it(
    'are welcomed before anything else is heard, however much is published',
    { timeout: 60_000 },
    async () => {
      const sockets = new Sockets();
      const wire = new Wire('key');
      const publisher = new Publisher(wire, new Outbox(sockets.iopub));
      await sockets.bind({
        ...{ transport: 'tcp', ip: '127.0.0.1', key: 'key' },
        ...{ shell_port: 0, control_port: 0, stdin_port: 0, iopub_port: 0, hb_port: 0 },
      });
      void sockets.subscriptions((topic, accept) => {
        publisher.welcome(topic, accept);
      });
      const publishing = new AbortController();
      const published = (async () => {
        for (let n = 0; !publishing.signal.aborted; n++) {
          publisher.status({}, n % 2 ? 'idle' : 'busy');
          await turn();
        }
      })();
      const endpoint = sockets.iopub.lastEndpoint ?? '';
      const first: string[] = [];
      for (let n = 0; n < 100; n++) {
        const subscriber = new Subscriber({ linger: 0 });
        subscriber.subscribe('');
        subscriber.connect(endpoint);
        first.push(wire.decode(await subscriber.receive()).header.msg_type);
        subscriber.close();
      }
      publishing.abort();
      await published;
      sockets.close();
      expect(new Set(first)).toEqual(new Set(['iopub_welcome']));
      expect(first).toHaveLength(100);
    },
  );
});
