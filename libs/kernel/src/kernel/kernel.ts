import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import type { CompileResult } from '../compiler/compile-cell.ts';
import type { InputAnswer, JsonObject, ToGateway, ToMain } from '../gateway/channel-messages.ts';
import { Comms } from '../comms/comms.ts';
import { answerVariables } from '../debugger/answer-variables.ts';
import { debugHostKey } from '../debugger/debug-host-key.ts';
import { DebugHost } from '../debugger/debug-host.ts';
import { setNotebookHost } from '../displays/host.ts';
import type { MimeBundle } from '../displays/mime-bundle.ts';
import { flag } from '../session/flags.ts';
import { errorReport } from '../session/error-report.ts';
import { KeyboardInterrupt } from '../session/keyboard-interrupt.ts';
import { Importer } from '../session/importer.ts';
import type { Outputs } from '../session/outputs.ts';
import { toCodePoints } from '../language/code-points.ts';
import { Reloader } from '../session/reloader.ts';
import { Session } from '../session/session.ts';
import { evaluateAll } from '../session/user-expressions.ts';
import type { Outcome } from '../session/session-options.ts';
import { tracedCells } from '../session/stack-traces.ts';
import { Asker } from './asker.ts';
import { captureStreams } from './capture-streams.ts';
import { useCompileCache } from './compile-cache.ts';
import * as tslab from '../tslab.ts';
import { installNotebookGlobals } from './notebook-globals.ts';
import { logTo } from './log.ts';
import { printPlainPromises } from './plain-promises.ts';
import type { StartedGateway } from './start-gateway.ts';
import { launched, startThread } from './start-thread.ts';

/** What starts a kernel. */
export interface KernelOptions {
  readonly gateway: StartedGateway;
  /** Folder that the cells' imports are relative to. */
  readonly folder: string;
}

/** Makes this process a kernel: protocol in one worker, which runs already, language in another, cells on this thread. */
export function startKernel({ gateway, folder }: KernelOptions): void {
  const { port, flags, descriptors } = gateway;
  logTo(descriptors.log);
  const packages = useCompileCache('main');
  const launch = launched();
  const language = new MessageChannel();
  const asker = new Asker(language.port1);
  // A port's postMessage returns true, which would be the value of a cell.
  const post = (message: ToGateway): void => {
    port.postMessage(message);
  };
  const outputs = gatewayOutputs(post);
  const waiting = new Map<string, () => void>();
  let reloads: Promise<Reloader> | undefined;
  const reloader = async (): Promise<Reloader | undefined> =>
    launch && (reloads ??= launch.prepare().then(({ port, commonJs }) => new Reloader(port, commonJs)));
  const prepare = async (): Promise<void> => {
    await reloader();
  };
  const importer = new Importer(folder, new Map([['tslab', () => tslab]]), prepare, {
    begins: async () => (await reloader())?.begins(),
    failed: async () => {
      await (await reloader())?.retry();
      await asker.ask('refresh', undefined);
    },
  });
  const session: Session = new Session({
    importer,
    outputs,
    compile: async (source, known) => {
      // An import waits for the loaders itself; they are a quarter of the memory of a kernel that never imports.
      if (/\brequire\b/.test(source)) await prepare();
      const compiled = asker.ask<CompileResult>('compile', { source, known, check: session.typeCheck });
      // While types are checked, this thread has nothing to do.
      packages?.foresee(importer.packageFiles(source));
      return compiled;
    },
    reloader,
    reloaded: () => asker.ask('refresh', undefined),
    inspect: (source) =>
      asker.ask('inspect', { code: source, cursor_pos: toCodePoints(source, source.length) }),
    flags,
    runs: () => packages?.runs(),
    beforeRun: (file) => {
      if (Atomics.load(flags, flag.debugging) === 0) return undefined;
      const [cell] = tracedCells([file]);
      return (
        cell &&
        new Promise((run) => {
          waiting.set(file, run);
          post({ type: 'script', cell });
        })
      );
    },
  });
  const debugHost = new DebugHost(session, (name) => void asker.ask('declare', name));
  Reflect.set(globalThis, Symbol.for(debugHostKey), debugHost);
  session.typeCheck = typeCheckMode();
  captureStreams((name, text) =>
    post({ type: 'stream', id: Number(session.currentParent ?? 0), name, text }),
  );
  const comms = new Comms((kind, content, { metadata, buffers }) =>
    post({ type: 'publish', id: Number(session.currentParent ?? 0), kind, content, metadata, buffers }),
  );
  setNotebookHost({
    comms,
    display: (bundle, id, update) => session.display(bundle, id, update),
    clear: (wait) => outputs.clear(session.currentParent, wait),
    input: (prompt, password) => {
      const seen = Atomics.load(flags, flag.input);
      post({ type: 'input', id: Number(session.currentParent ?? 0), prompt, password });
      Atomics.wait(flags, flag.input, seen);
      return inputValue(receiveMessageOnPort(gateway.inputPort)?.message as InputAnswer | undefined);
    },
    get signal() {
      return session.signal;
    },
  });
  installNotebookGlobals();
  printPlainPromises();
  reportStrayErrors(session, post);
  // SIGINT of a terminal or a client in signal mode; a cell in its synchronous part is broken by V8 instead.
  process.on('SIGINT', () => session.interrupt(Atomics.load(flags, flag.interrupts)));
  // However the process ends, also by a cell's process.exit().
  process.once('exit', () => {
    post({ type: 'exit' });
    Atomics.wait(flags, flag.closed, 0, 1000);
  });
  port.on('message', (message: ToMain) => {
    if (message.type === 'serving') {
      // Not earlier: two threads that start at once are both late, and clients wait for one of them only.
      const data = { folder, mainPort: language.port2, gatewayPort: gateway.languagePort };
      startThread('language', { ...data, logDescriptor: descriptors.log }, [data.mainPort, data.gatewayPort]);
    } else if (message.type === 'run') {
      waiting.get(message.file)?.();
      waiting.delete(message.file);
    } else if (message.type === 'debug') {
      const { id } = message;
      void answerVariables(debugHost, message.content).then(
        (content) => post({ type: 'variables', id, content }),
        (error: unknown) => post({ type: 'variables', id, content: { error: String(error) } }),
      );
    } else void handle(message, session, comms, post);
  });
}

/** `FOVEA_TYPECHECK`: off, warn or error, which is the default. */
function typeCheckMode(): 'off' | 'warn' | 'error' {
  const wanted = process.env.FOVEA_TYPECHECK;
  return wanted === 'off' || wanted === 'warn' ? wanted : 'error';
}

async function handle(
  message: Exclude<ToMain, { type: 'run' | 'debug' | 'serving' }>,
  session: Session,
  comms: Comms,
  post: (message: ToGateway) => void,
): Promise<void> {
  switch (message.type) {
    case 'execute': {
      const { code, silent, storeHistory, userExpressions } = message.content;
      const outcome = await session.execute(code, { silent, countUp: storeHistory, parent: message.id });
      const expressions = outcome.status === 'ok' ? await evaluateAll(session, userExpressions) : {};
      // Streams that the cell wrote were posted before this, so they precede the reply.
      post({ type: 'reply', id: message.id, content: executeReply(outcome, expressions) });
      return;
    }
    case 'interrupt':
      session.interrupt(message.sequence);
      return;
    case 'comm':
      session.runAs(message.id, () => {
        comms.receive(message.kind, message.content, {
          metadata: message.metadata,
          buffers: message.buffers,
        });
      });
      post({ type: 'reply', id: message.id, content: {} });
      return;
    case 'shutdown':
      process.exit(0);
  }
}

/** @throws where the front end has no input box, or the user stopped the cell instead of answering */
function inputValue(answer: InputAnswer | undefined): string {
  if (answer && 'value' in answer) return answer.value;
  if (answer?.error === 'interrupted') throw new KeyboardInterrupt();
  const error = new Error('prompt: this front end cannot ask for input.');
  throw Object.assign(error, { name: 'StdinNotImplementedError' });
}

function executeReply(outcome: Outcome, expressions: JsonObject): JsonObject {
  const { count } = outcome;
  if (outcome.status === 'ok') {
    return { status: 'ok', execution_count: count, payload: outcome.payload, user_expressions: expressions };
  }
  const { ename, evalue, traceback } = outcome;
  return {
    status: 'error',
    execution_count: count,
    ename,
    evalue,
    traceback,
    payload: [],
    user_expressions: {},
  };
}

function gatewayOutputs(post: (message: ToGateway) => void): Outputs {
  const publish = (parent: unknown, kind: string, content: JsonObject): void =>
    post({ type: 'publish', id: Number(parent ?? 0), kind, content });
  const bundleContent = ({ data, metadata }: MimeBundle): JsonObject => ({ data, metadata });
  return {
    stream: (parent, name, text) => post({ type: 'stream', id: Number(parent ?? 0), name, text }),
    display: (parent, { bundle, id, update }) =>
      publish(parent, update ? 'update_display_data' : 'display_data', {
        ...bundleContent(bundle),
        transient: id === undefined ? {} : { display_id: id },
      }),
    result: (parent, count, bundle) =>
      publish(parent, 'execute_result', { execution_count: count, ...bundleContent(bundle) }),
    error: (parent, { ename, evalue, traceback }) => publish(parent, 'error', { ename, evalue, traceback }),
    clear: (parent, wait) => publish(parent, 'clear_output', { wait }),
    input: (parent, code, count) => publish(parent, 'execute_input', { code, execution_count: count }),
  };
}

/** Errors of callbacks and promises that nobody waits for belong to their cell's stderr, not to the server's log. */
function reportStrayErrors(session: Session, post: (message: ToGateway) => void): void {
  const report = (error: unknown): void => {
    if (session.abandon(error)) return;
    const text = errorReport(error).traceback.join('\n');
    post({ type: 'stream', id: Number(session.currentParent ?? 0), name: 'stderr', text: `${text}\n` });
  };
  process.on('uncaughtException', report);
  process.on('unhandledRejection', report);
}
