import { DebugRequests } from '../debugger/debug-requests.ts';
import { log } from '../kernel/log.ts';
import { flag } from '../session/flags.ts';
import type { JsonObject, ToGateway } from './channel-messages.ts';
import type { GatewayOptions } from './gateway-options.ts';
import { History } from './history.ts';
import { InputRequests } from './input-requests.ts';
import { OpenComms } from './open-comms.ts';
import { NativeOutput } from './native-output.ts';
import { Outbox } from './outbox.ts';
import { Publisher } from './publisher.ts';
import { executeContent, Requests, type Request } from './requests.ts';
import { Sockets } from './sockets.ts';
import { Wire, type Message } from './wire.ts';

/** How long a cell may go on after an interrupt before SIGINT breaks its synchronous part. */
const graceMs = 250;

/** Speaks Jupyter's protocol for a session that may be too busy to answer. */
export class Gateway {
  readonly #options: GatewayOptions;
  readonly #wire: Wire;
  readonly #sockets = new Sockets();
  readonly #outboxes: Record<'shell' | 'control' | 'stdin' | 'iopub', Outbox>;
  readonly #publisher: Publisher;
  readonly #requests = new Requests();
  readonly #history: History;
  readonly #queue: Request[] = [];
  readonly #comms = new OpenComms();
  readonly #debugger: DebugRequests;
  readonly #input: InputRequests;
  readonly #native: NativeOutput;
  #executing: Request | undefined;
  #closing = false;
  /** The cell that runs or ran last. */
  #latest = 0;

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
    this.#publisher = new Publisher(this.#wire, this.#outboxes.iopub);
    this.#input = new InputRequests(options.flags, options.inputPort, ({ message }, content) => {
      this.#send('stdin', message.identities, 'input_request', message.header, content);
    });
    this.#native = new NativeOutput(options.descriptors, options.catchUp, (name, text) => {
      this.#publisher.stream(this.#latest, this.#requests.header(this.#latest), name, text);
    });
    this.#debugger = new DebugRequests({
      flags: options.flags,
      toMain: options.toMain,
      send: (content) =>
        this.#publisher.publish('debug_event', this.#executing?.message.header ?? {}, content),
    });
  }

  /** Opens the sockets and serves until shutdown. */
  async start(): Promise<void> {
    const sockets = this.#sockets;
    await sockets.bind(this.#options.connection);
    this.#publisher.status({}, 'starting');
    void sockets.listen('shell', this.#wire, (message) => {
      this.#shell(this.#requests.add(message, 'shell'));
    });
    void sockets.listen('control', this.#wire, (message) => {
      this.#control(this.#requests.add(message, 'control'));
    });
    void sockets.listen('stdin', this.#wire, ({ header, content }) => {
      if (header.msg_type !== 'input_reply') return;
      this.#input.answer({ value: typeof content.value === 'string' ? content.value : '' });
    });
    void sockets.subscriptions((topic, accept) => {
      this.#publisher.welcome(topic, accept);
    });
    void sockets.echo();
  }

  /** Takes what the main thread reports. */
  fromMain(message: ToGateway): void {
    if (this.#sockets.isClosed) return;
    // Whatever was written so far belongs before this message, and before a cell's end; a cell that begins has written nothing.
    if (message.type !== 'publish' || message.kind !== 'execute_input')
      this.#native.drain(message.type === 'stream');
    switch (message.type) {
      case 'stream': {
        const { id, name, text } = message;
        this.#publisher.stream(id, this.#requests.header(id), name, text);
        return;
      }
      case 'publish':
        this.#fromCell(message);
        return;
      case 'reply':
        this.#finish(message.id, message.content);
        return;
      case 'variables':
        this.#debugger.answered(message.id, message.content);
        return;
      case 'script':
        void this.#debugger.beforeRun(message.cell).then(() => {
          this.#options.toMain({ type: 'run', file: message.cell.file });
        });
        return;
      case 'input':
        this.#input.ask(this.#requests.get(message.id) ?? this.#executing, message.prompt, message.password);
        return;
      case 'exit':
        void this.#close(false);
    }
  }

  #shell(request: Request): void {
    const { header, content, metadata, buffers } = request.message;
    const kind = header.msg_type;
    switch (kind) {
      case 'execute_request':
        this.#queue.push(request);
        this.#next();
        return;
      case 'comm_open':
      case 'comm_msg':
      case 'comm_close':
        this.#publisher.status(header, 'busy');
        this.#comms.track(kind, content);
        this.#options.toMain({ type: 'comm', id: request.id, kind, content, metadata, buffers });
        return;
      case 'complete_request':
      case 'inspect_request':
      case 'is_complete_request':
        this.#publisher.status(header, 'busy');
        // Not awaited: the next request must not wait for a slow answer.
        void this.#options.ask(kind, content).then(
          (reply) => {
            this.#finish(request.id, reply);
          },
          (error: unknown) => {
            this.#finish(request.id, {
              status: 'error',
              ename: 'Error',
              evalue: String(error),
              traceback: [],
            });
          },
        );
        return;
      default:
        this.#control(request);
    }
  }

  #control(request: Request): void {
    const { header, content } = request.message;
    this.#publisher.status(header, 'busy');
    switch (header.msg_type) {
      case 'kernel_info_request':
        this.#finish(request.id, this.#options.kernelInfo);
        return;
      case 'history_request':
        this.#finish(request.id, { status: 'ok', history: this.#history.query(content) });
        return;
      case 'comm_info_request':
        this.#finish(request.id, { status: 'ok', comms: this.#comms.info(content.target_name) });
        return;
      case 'interrupt_request':
        this.#interrupt();
        this.#finish(request.id, { status: 'ok' });
        return;
      case 'shutdown_request':
        this.#finish(request.id, { status: 'ok', restart: content.restart === true });
        void this.#close(content.restart === true);
        return;
      case 'debug_request':
        void this.#debugger.answer(content).then((reply) => this.#finish(request.id, reply));
        return;
      default:
        log(`unknown request ${header.msg_type}`);
        this.#publisher.status(header, 'idle');
        this.#requests.close(request.id);
    }
  }

  #next(): void {
    if (this.#executing) return;
    const request = this.#queue.shift();
    if (!request) return;
    this.#executing = request;
    this.#latest = request.id;
    this.#publisher.status(request.message.header, 'busy');
    this.#options.toMain({
      type: 'execute',
      id: request.id,
      content: executeContent(request.message.content),
    });
  }

  /** Sends the reply to a request; after a cell, its idle status and what waits behind it. */
  #finish(id: number, content: JsonObject): void {
    const request = this.#requests.get(id);
    if (!request) return;
    this.#requests.close(id);
    const { header } = request.message;
    if (!/^comm_(open|msg|close)$/.test(header.msg_type)) this.#reply(request, content);
    this.#publisher.status(header, 'idle');
    if (this.#executing !== request) {
      // Front ends show the latest status, and a cell is still running.
      if (this.#executing && !this.#closing) this.#publisher.status(this.#executing.message.header, 'busy');
      return;
    }
    this.#executing = undefined;
    this.#debugger.cellEnded();
    if (content.status === 'error' && request.message.content.stop_on_error !== false) this.#abortQueue();
    this.#next();
  }

  #abortQueue(): void {
    for (const request of this.#queue.splice(0)) {
      this.#requests.close(request.id);
      this.#publisher.status(request.message.header, 'busy');
      this.#reply(request, { status: 'aborted' });
      this.#publisher.status(request.message.header, 'idle');
    }
  }

  #reply({ channel, message: { identities, header } }: Request, content: JsonObject): void {
    this.#send(channel, identities, header.msg_type.replace(/_request$/, '_reply'), header, content);
  }

  #send(
    channel: 'shell' | 'control' | 'stdin',
    identities: readonly Buffer[],
    type: string,
    parent: Message['parent'],
    content: JsonObject,
  ): void {
    const header = this.#wire.header(type);
    const message = { identities, header, parent, metadata: {}, content, buffers: [] };
    this.#outboxes[channel].post({ frames: () => this.#wire.encode(message) });
  }

  #fromCell({ id, kind, content, metadata, buffers }: Extract<ToGateway, { type: 'publish' }>): void {
    if (kind.startsWith('comm_')) this.#comms.track(kind, content);
    const stored = this.#requests.get(id)?.message.content.store_history !== false;
    if (stored && kind === 'execute_input') {
      this.#history.add(Number(content.execution_count), String(content.code));
    } else if (stored && kind === 'execute_result') {
      const text = (content.data as JsonObject | undefined)?.['text/plain'];
      if (typeof text === 'string') this.#history.setOutput(Number(content.execution_count), text);
    }
    this.#publisher.publish(kind, this.#requests.header(id), content, metadata, buffers);
  }

  #interrupt(): void {
    this.#abortQueue();
    if (this.#input.isWaiting) this.#input.answer({ error: 'interrupted' });
    else if (this.#executing) this.#stopCell();
  }

  #stopCell(): void {
    const { flags } = this.#options;
    const sequence = Atomics.add(flags, flag.interrupts, 1) + 1;
    const started = Atomics.load(flags, flag.synchronous);
    Atomics.store(flags, flag.stop, 1);
    this.#options.toMain({ type: 'interrupt', sequence });
    this.#debugger.release();
    if (started % 2 === 0) return;
    setTimeout(() => {
      if (Atomics.load(flags, flag.synchronous) === started) process.kill(process.pid, 'SIGINT');
    }, graceMs);
  }

  async #close(restart: boolean): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    this.#debugger.close();
    await Promise.all(Object.values(this.#outboxes).map((outbox) => outbox.flushed()));
    this.#sockets.close();
    const { flags } = this.#options;
    Atomics.store(flags, flag.closed, 1);
    Atomics.notify(flags, flag.closed);
    this.#options.toMain({ type: 'shutdown', restart });
    this.#options.exit(restart);
  }
}
