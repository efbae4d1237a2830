import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Dealer, Request, Subscriber } from 'zeromq';
import { Wire, type Message } from '../gateway/wire.ts';

const launcher = fileURLToPath(new URL('../../bin/fovea-kernel.mjs', import.meta.url));

/** A cell's messages on iopub, without status, and its reply. */
export interface Executed {
  readonly reply: Record<string, unknown>;
  readonly outputs: readonly Message[];
}

/** A Jupyter client for tests: starts a kernel of its own and talks to it over ZeroMQ. */
export class KernelClient {
  readonly shell = new Dealer({ routingId: 'test', linger: 0, sendHighWaterMark: 0 });
  readonly control = new Dealer({ routingId: 'test', linger: 0 });
  readonly stdin = new Dealer({ routingId: 'test', linger: 0 });
  readonly iopub = new Subscriber({ linger: 0, receiveHighWaterMark: 0 });
  readonly heartbeat = new Request({ linger: 0 });
  readonly wire = new Wire('secret');
  readonly process: ChildProcess;
  readonly folder: string;
  /** Everything that came on iopub. */
  readonly published: Message[] = [];
  log = '';
  #changed: (() => void)[] = [];

  private constructor(process: ChildProcess, folder: string) {
    this.process = process;
    this.folder = folder;
    process.stderr?.on('data', (data: Buffer) => (this.log += data.toString()));
  }

  static async start(
    environment: Readonly<Record<string, string>> = {},
    cwd?: string,
    stderr: 'pipe' | number = 'pipe',
  ): Promise<KernelClient> {
    const folder = mkdtempSync(join(tmpdir(), 'fovea-kernel-test-'));
    const ports = await freePorts(5);
    const [shell_port, control_port, stdin_port, iopub_port, hb_port] = ports;
    const file = join(folder, 'connection.json');
    const connection = { transport: 'tcp', ip: '127.0.0.1', key: 'secret', signature_scheme: 'hmac-sha256' };
    writeFileSync(
      file,
      JSON.stringify({ ...connection, shell_port, control_port, stdin_port, iopub_port, hb_port }),
    );
    const child = spawn(process.execPath, [launcher, file], {
      cwd: cwd ?? folder,
      env: { ...process.env, FOVEA_HISTORY: '', JPY_PARENT_PID: String(process.pid), ...environment },
      stdio: ['ignore', 'ignore', stderr],
    });
    const client = new KernelClient(child, folder);
    const address = (port = 0): string => `tcp://127.0.0.1:${port}`;
    client.iopub.connect(address(iopub_port));
    client.iopub.subscribe();
    client.shell.connect(address(shell_port));
    client.control.connect(address(control_port));
    client.stdin.connect(address(stdin_port));
    client.heartbeat.connect(address(hb_port));
    void client.#listen();
    await client.request(client.shell, 'kernel_info_request', {});
    return client;
  }

  async send(socket: Dealer, type: string, content: object, buffers: Uint8Array[] = []): Promise<string> {
    const header = this.wire.header(type);
    const message = { identities: [], header, parent: {}, metadata: {}, content: { ...content }, buffers };
    await socket.send(this.wire.encode(message));
    return header.msg_id;
  }

  async receive(socket: Dealer): Promise<Message> {
    return this.wire.decode(await socket.receive());
  }

  async request(socket: Dealer, type: string, content: object): Promise<Record<string, unknown>> {
    const id = await this.send(socket, type, content);
    for (;;) {
      const message = await this.receive(socket);
      if (message.parent.msg_id === id) return { ...message.content };
    }
  }

  /** Runs a cell and waits for its reply and its idle status. */
  async execute(code: string, options: object = {}): Promise<Executed> {
    const content = {
      code,
      silent: false,
      store_history: true,
      user_expressions: {},
      allow_stdin: false,
      stop_on_error: true,
    };
    const id = await this.send(this.shell, 'execute_request', { ...content, ...options });
    for (;;) {
      const message = await this.receive(this.shell);
      if (message.parent.msg_id === id)
        return { reply: { ...message.content }, outputs: await this.outputsOf(id) };
    }
  }

  /** Everything that a request published, once it is idle. */
  async outputsOf(id: string): Promise<Message[]> {
    const idle = ({ content }: Message): boolean => content.execution_state === 'idle';
    await this.until(() => this.published.some((one) => one.parent.msg_id === id && idle(one)));
    return this.published.filter((one) => one.parent.msg_id === id && one.header.msg_type !== 'status');
  }

  /** Waits until something holds of what was published. */
  async until(condition: () => boolean, ms = 20_000): Promise<void> {
    const end = Date.now() + ms;
    while (!condition()) {
      if (Date.now() > end) throw new Error('KernelClient: waited in vain.');
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 500);
        this.#changed.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  async stop(): Promise<void> {
    const gone = new Promise<void>((resolve) => this.process.once('exit', () => resolve()));
    if (this.process.exitCode === null && this.process.signalCode === null) {
      await this.send(this.control, 'shutdown_request', { restart: false });
      await gone;
    }
    for (const socket of [this.shell, this.control, this.stdin, this.iopub, this.heartbeat]) socket.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #listen(): Promise<void> {
    try {
      for await (const frames of this.iopub) {
        this.published.push(this.wire.decode(frames));
        for (const wake of this.#changed.splice(0)) wake();
      }
    } catch {
      // The socket was closed.
    }
  }
}

/** Text of a cell's stream outputs. */
export function streamText(outputs: readonly Message[], name = 'stdout'): string {
  return outputs
    .filter(({ header, content }) => header.msg_type === 'stream' && content.name === name)
    .map(({ content }) => String(content.text))
    .join('');
}

/** Plain text of a cell's result. */
export function resultText(outputs: readonly Message[]): unknown {
  const result = outputs.find(({ header }) => header.msg_type === 'execute_result');
  return (result?.content.data as Record<string, unknown> | undefined)?.['text/plain'];
}

/** Ports that nobody listened on a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve) => {
          server.listen(0, '127.0.0.1', () => {
            const address = server.address();
            resolve(typeof address === 'object' && address ? address.port : 0);
          });
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
