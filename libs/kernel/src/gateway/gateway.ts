import type { MessagePort } from 'node:worker_threads';
import { Reply, Router, XPublisher } from 'zeromq';
import { flag, type Int32Flags } from '../session/flags.ts';
import type { ExecuteContent, JsonObject, ToGateway, ToMain } from './channel-messages.ts';
import { address, type Connection } from './connection-file.ts';
import { History } from './history.ts';
import { Outbox, type Outgoing } from './outbox.ts';
import { Requests, type Request } from './requests.ts';
import { log } from '../kernel/log.ts';
import { Wire, type Message } from './wire.ts';

/** What a gateway needs from the thread it runs in. */
export interface GatewayOptions {
  readonly connection: Connection;
  readonly kernelInfo: JsonObject;
  readonly historyFile: string | undefined;
  readonly flags: Int32Flags;
  readonly inputPort: MessagePort;
  toMain(message: ToMain): void;
  /** Answers completion, inspection and is-complete requests, whether or not a cell runs. */
  ask(kind: string, content: JsonObject): Promise<JsonObject>;
  /** Ends the process; the sockets are closed by then. */
  exit(restart: boolean): void;
}

/** How long a cell may go on after an interrupt before SIGINT breaks its synchronous part. */
const graceMs = 250;

/** Speaks Jupyter's protocol for a session that may be too busy to answer. */
export class Gateway {
  readonly #options: GatewayOptions;
  readonly #wire: Wire;
  readonly #sockets = {
    shell: new Router({ linger: 500, sendHighWaterMark: 0, handover: true }),
    control: new Router({ linger: 500, sendHighWaterMark: 0, handover: true }),
    stdin: new Router({ linger: 500, sendHighWaterMark: 0, handover: true }),
    iopub: new XPublisher({ linger: 500, sendHighWaterMark: 0 }),
    heartbeat: new Reply({ linger: 0 }),
  };
  readonly #outboxes: Record<'shell' | 'control' | 'stdin' | 'iopub', Outbox>;
  readonly #requests = new Requests();
  readonly #history: History;
  readonly #queue: Request[] = [];
  readonly #comms = new Map<string, string>();
  #executing: Request | undefined;
  #waitingInput: Request | undefined;
  #closing = false;

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#wire = new Wire(options.connection.key);
    this.#history = new History(options.historyFile);
    const { shell, control, stdin, iopub } = this.#sockets;
    this.#outboxes = {
      shell: new Outbox(shell),
      control: new Outbox(control),
      stdin: new Outbox(stdin),
      iopub: new Outbox(iopub),
    };
  }

  /** Opens the sockets and serves until shutdown. */
  async start(): Promise<void> {
    const { connection } = this.#options;
    const { shell, control, stdin, iopub, heartbeat } = this.#sockets;
    iopub.verbosity = 'allSubs';
    await Promise.all([
      shell.bind(address(connection, connection.shell_port)),
      control.bind(address(connection, connection.control_port)),
      stdin.bind(address(connection, connection.stdin_port)),
      iopub.bind(address(connection, connection.iopub_port)),
      heartbeat.bind(address(connection, connection.hb_port)),
    ]);
    this.#publish('status', {}, { execution_state: 'starting' });
    void this.#listen('shell');
    void this.#listen('control');
    void this.#listenStdin();
    void this.#welcome();
    void this.#echo();
  }

  /** Takes what the main thread reports. */
  fromMain(message: ToGateway): void {
    switch (message.type) {
      case 'stream':
        this.#stream(message.id, message.name, message.text);
        return;
      case 'publish':
        return this.#fromCell(message);
      case 'reply':
        return this.#finish(message.id, message.content);
      case 'input':
        return this.#ask(message.id, message.prompt, message.password);
      case 'exit':
        void this.#close(false);
        return;
      default:
    }
  }

  async #listen(channel: 'shell' | 'control'): Promise<void> {
    try {
      for await (const frames of this.#sockets[channel]) {
        let message: Message;
        try {
          message = this.#wire.decode(frames);
        } catch (error) {
          log(`dropped a message on ${channel}: ${String(error)}`);
          continue;
        }
        const request = this.#requests.add(message, channel);
        try {
          await (channel === 'shell' ? this.#shell(request) : this.#control(request));
        } catch (error) {
          log(`${message.header.msg_type} failed: ${String(error)}`);
        }
      }
    } catch (error) {
      if (!this.#closing) throw error;
    }
  }

  async #shell(request: Request): Promise<void> {
    const { header, content } = request.message;
    switch (header.msg_type) {
      case 'execute_request':
        this.#queue.push(request);
        return this.#next();
      case 'comm_open':
      case 'comm_msg':
      case 'comm_close': {
        this.#status(request, 'busy');
        this.#trackComm(header.msg_type, content);
        const { metadata, buffers } = request.message;
        this.#options.toMain({
          type: 'comm',
          id: request.id,
          kind: header.msg_type,
          content,
          metadata,
          buffers,
        });
        return;
      }
      case 'complete_request':
      case 'inspect_request':
      case 'is_complete_request': {
        this.#status(request, 'busy');
        // Not awaited: the next request must not wait for a slow answer.
        void this.#options.ask(header.msg_type, content).then((reply) => this.#finish(request.id, reply));
        return;
      }
      default:
        return this.#control(request);
    }
  }

  async #control(request: Request): Promise<void> {
    const { header, content } = request.message;
    this.#status(request, 'busy');
    switch (header.msg_type) {
      case 'kernel_info_request':
        return this.#finish(request.id, this.#options.kernelInfo);
      case 'history_request':
        return this.#finish(request.id, { status: 'ok', history: this.#history.query(content) });
      case 'comm_info_request': {
        const wanted = content.target_name;
        const comms = [...this.#comms].filter(([, target]) => wanted === undefined || target === wanted);
        const info = Object.fromEntries(comms.map(([id, target]) => [id, { target_name: target }]));
        return this.#finish(request.id, { status: 'ok', comms: info });
      }
      case 'interrupt_request':
        this.#interrupt();
        return this.#finish(request.id, { status: 'ok' });
      case 'shutdown_request': {
        const restart = content.restart === true;
        this.#finish(request.id, { status: 'ok', restart });
        return this.#close(restart);
      }
      case 'debug_request':
        return this.#finish(request.id, {
          type: 'response',
          request_seq: content.seq ?? 0,
          success: false,
          command: String(content.command),
          message: 'This kernel has no debugger.',
        });
      default:
        log(`unknown request ${header.msg_type}`);
        this.#status(request, 'idle');
        this.#requests.close(request.id);
    }
  }

  #next(): void {
    if (this.#executing) return;
    const request = this.#queue.shift();
    if (!request) return;
    this.#executing = request;
    this.#status(request, 'busy');
    const { content } = request.message;
    this.#options.toMain({ type: 'execute', id: request.id, content: executeContent(content) });
  }

  /** Sends the reply to a request; after a cell, its idle status and what waits behind it. */
  #finish(id: number, content: JsonObject): void {
    const request = this.#requests.get(id);
    if (!request) return;
    this.#requests.close(id);
    const { header } = request.message;
    if (!header.msg_type.startsWith('comm_') || header.msg_type === 'comm_info_request') {
      this.#reply(request, content);
    }
    this.#status(request, 'idle');
    if (this.#executing !== request) {
      // Front ends show the latest status, and a cell is still running.
      if (this.#executing && !this.#closing) this.#status(this.#executing, 'busy');
      return;
    }
    this.#executing = undefined;
    if (content.status === 'error' && request.message.content.stop_on_error !== false) this.#abortQueue();
    this.#next();
  }

  #abortQueue(): void {
    for (const request of this.#queue.splice(0)) {
      this.#requests.close(request.id);
      this.#status(request, 'busy');
      this.#reply(request, { status: 'aborted' });
      this.#status(request, 'idle');
    }
  }

  #reply(request: Request, content: JsonObject): void {
    const { identities, header } = request.message;
    const type = header.msg_type.replace(/_request$/, '_reply');
    this.#outboxes[request.channel].post(this.#outgoing(identities, type, header, content));
  }

  #fromCell(message: Extract<ToGateway, { type: 'publish' }>): void {
    const { id, kind, content, metadata, buffers } = message;
    if (kind.startsWith('comm_')) this.#trackComm(kind, content);
    if (kind === 'execute_input') {
      const store = this.#requests.get(id)?.message.content.store_history !== false;
      if (store) this.#history.add(Number(content.execution_count), String(content.code));
    } else if (kind === 'execute_result') {
      const text = (content.data as JsonObject | undefined)?.['text/plain'];
      if (typeof text === 'string') this.#history.setOutput(Number(content.execution_count), text);
    }
    this.#publish(kind, this.#requests.header(id), content, metadata, buffers);
  }

  #stream(id: number, name: string, text: string): void {
    const parent = this.#requests.header(id);
    const build = (all: string): Outgoing =>
      this.#outgoing([topic('stream')], 'stream', parent, { name, text: all });
    this.#outboxes.iopub.post(new StreamOutgoing(id, name, text, build));
  }

  #status(request: Request, state: 'busy' | 'idle'): void {
    this.#publish('status', request.message.header, { execution_state: state });
  }

  #publish(
    type: string,
    parent: Message['parent'],
    content: JsonObject,
    metadata?: JsonObject,
    buffers?: readonly Uint8Array[],
  ): void {
    this.#outboxes.iopub.post(this.#outgoing([topic(type)], type, parent, content, metadata, buffers));
  }

  #outgoing(
    identities: readonly Buffer[],
    type: string,
    parent: Message['parent'],
    content: JsonObject,
    metadata: JsonObject = {},
    buffers: readonly Uint8Array[] = [],
  ): Outgoing {
    const header = this.#wire.header(type);
    return { frames: () => this.#wire.encode({ identities, header, parent, metadata, content, buffers }) };
  }

  #trackComm(kind: string, content: JsonObject): void {
    if (kind === 'comm_open') this.#comms.set(String(content.comm_id), String(content.target_name));
    else if (kind === 'comm_close') this.#comms.delete(String(content.comm_id));
  }

  #interrupt(): void {
    const { flags } = this.#options;
    this.#abortQueue();
    if (this.#waitingInput) {
      this.#waitingInput = undefined;
      this.#answerInput({ error: 'interrupted' });
      return;
    }
    if (!this.#executing) return;
    const sequence = Atomics.add(flags, flag.interrupts, 1) + 1;
    const started = Atomics.load(flags, flag.synchronous);
    Atomics.store(flags, flag.stop, 1);
    this.#options.toMain({ type: 'interrupt', sequence });
    if (started % 2 === 0) return;
    setTimeout(() => {
      if (Atomics.load(flags, flag.synchronous) === started) process.kill(process.pid, 'SIGINT');
    }, graceMs);
  }

  #ask(id: number, prompt: string, password: boolean): void {
    const request = this.#requests.get(id) ?? this.#executing;
    if (!request || request.message.content.allow_stdin === false)
      return this.#answerInput({ error: 'refused' });
    this.#waitingInput = request;
    const { identities, header } = request.message;
    this.#outboxes.stdin.post(this.#outgoing(identities, 'input_request', header, { prompt, password }));
  }

  #answerInput(answer: JsonObject): void {
    const { flags, inputPort } = this.#options;
    inputPort.postMessage(answer);
    Atomics.add(flags, flag.input, 1);
    Atomics.notify(flags, flag.input);
  }

  async #listenStdin(): Promise<void> {
    try {
      for await (const frames of this.#sockets.stdin) {
        try {
          const { content, header } = this.#wire.decode(frames);
          if (header.msg_type !== 'input_reply' || !this.#waitingInput) continue;
          this.#waitingInput = undefined;
          this.#answerInput({ value: String(content.value ?? '') });
        } catch (error) {
          log(`dropped a message on stdin: ${String(error)}`);
        }
      }
    } catch (error) {
      if (!this.#closing) throw error;
    }
  }

  /** A subscriber hears at once that it is connected, so it need not guess. */
  async #welcome(): Promise<void> {
    try {
      for await (const [frame] of this.#sockets.iopub) {
        if (frame?.[0] !== 1) continue;
        const subscription = frame.subarray(1);
        const content = { subscription: subscription.toString() };
        this.#outboxes.iopub.post(this.#outgoing([subscription], 'iopub_welcome', {}, content));
      }
    } catch (error) {
      if (!this.#closing) throw error;
    }
  }

  async #echo(): Promise<void> {
    try {
      for await (const frames of this.#sockets.heartbeat) await this.#sockets.heartbeat.send(frames);
    } catch (error) {
      if (!this.#closing) throw error;
    }
  }

  async #close(restart: boolean): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    await Promise.all(Object.values(this.#outboxes).map((outbox) => outbox.flushed()));
    for (const socket of Object.values(this.#sockets)) socket.close();
    const { flags } = this.#options;
    Atomics.store(flags, flag.closed, 1);
    Atomics.notify(flags, flag.closed);
    this.#options.toMain({ type: 'shutdown', restart });
    this.#options.exit(restart);
  }
}

class StreamOutgoing implements Outgoing {
  readonly id: number;
  readonly name: string;
  readonly #texts: string[];
  readonly #build: (text: string) => Outgoing;
  #length: number;

  constructor(id: number, name: string, text: string, build: (text: string) => Outgoing) {
    this.id = id;
    this.name = name;
    this.#texts = [text];
    this.#length = text.length;
    this.#build = build;
  }

  frames(): (Buffer | Uint8Array | string)[] {
    return this.#build(this.#texts.join('')).frames();
  }

  absorb(next: Outgoing): boolean {
    if (!(next instanceof StreamOutgoing) || next.id !== this.id || next.name !== this.name) return false;
    if (this.#length > 1_000_000) return false;
    this.#texts.push(...next.#texts);
    this.#length += next.#length;
    return true;
  }
}

function topic(type: string): Buffer {
  return Buffer.from(type);
}

function executeContent(content: JsonObject): ExecuteContent {
  const silent = content.silent === true;
  return {
    code: String(content.code ?? ''),
    silent,
    storeHistory: !silent && content.store_history !== false,
    userExpressions: (content.user_expressions ?? {}) as Record<string, string>,
  };
}
