import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject } from '../gateway/channel-messages.ts';
import { flag, type Int32Flags } from '../session/flags.ts';
import type { CompiledPlaces } from '../session/stack-traces.ts';
import type { DebugAdapter } from './debug-adapter.ts';
import { murmur2 } from './murmur2.ts';

/** What {@link DebugRequests} needs from the gateway. */
export interface DebugRequestsOptions {
  readonly flags: Int32Flags;
  /** Asks the main thread, which may be busy. */
  toMain(question: { readonly type: 'debug'; readonly id: number; readonly content: JsonObject }): void;
  /** Sends a `debug_event`. */
  send(content: JsonObject): void;
}

const hashSeed = 0x5eed;
const prefix = join(tmpdir(), `fovea_${process.pid}`, '/');
const suffix = '.ts';

/** Answers `debug_request`s. Before a debugger is started it costs nothing. */
export class DebugRequests {
  readonly #options: DebugRequestsOptions;
  /** Cells by what front ends call them. */
  readonly #dumped = new Map<string, string>();
  readonly #waiting = new Map<number, (answer: JsonObject) => void>();
  #adapter: DebugAdapter | undefined;
  #inspecting: Promise<JsonObject> | undefined;
  #events = 0;
  #asked = 0;
  #released = false;

  constructor(options: DebugRequestsOptions) {
    this.#options = options;
  }

  /** The whole `debug_reply`; a request that fails says why. */
  async answer(request: JsonObject): Promise<JsonObject> {
    const command = String(request.command);
    const reply = { type: 'response', request_seq: request.seq ?? 0, command };
    try {
      const body = await this.#body(command, (request.arguments ?? {}) as JsonObject, request);
      return { ...reply, success: true, body };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return { ...reply, success: false, message, body: {} };
    }
  }

  /** The main thread's answer. */
  answered(id: number, content: JsonObject): void {
    this.#waiting.get(id)?.(content);
    this.#waiting.delete(id);
  }

  /** Is told each script before it runs, while {@link flag.debugging} is set. */
  async beforeRun(cell: CompiledPlaces): Promise<void> {
    this.#dumped.set(pathOf(cell.source), cell.source);
    await this.#adapter?.beforeRun(cell).catch(() => undefined);
  }

  /** An interrupt ends a pause too. */
  release(): void {
    if (!this.#adapter) return;
    this.#released = true;
    void this.#adapter.release().catch(() => undefined);
  }

  /** A cell has ended: breakpoints count again. */
  cellEnded(): void {
    if (!this.#released) return;
    this.#released = false;
    void this.#adapter?.watch().catch(() => undefined);
  }

  close(): void {
    Atomics.store(this.#options.flags, flag.debugging, 0);
    this.#adapter?.close();
    this.#adapter = undefined;
  }

  async #body(command: string, content: JsonObject, request: JsonObject): Promise<JsonObject> {
    const adapter = this.#adapter;
    switch (command) {
      case 'debugInfo':
        return this.#info();
      case 'dumpCell': {
        const code = String(content.code);
        this.#dumped.set(pathOf(code), code);
        return { sourcePath: pathOf(code) };
      }
      case 'initialize':
        return capabilities;
      case 'attach':
        await this.#start();
        return {};
      case 'disconnect':
      case 'terminate':
        this.close();
        return {};
      case 'source': {
        const { path } = (content.source ?? {}) as { path?: string };
        const text = this.#dumped.get(String(path)) ?? adapter?.source(content);
        if (text === undefined) throw new Error(`source: ${String(path)} is not known.`);
        return { content: text, mimeType: 'text/typescript' };
      }
      case 'threads':
        return { threads: [{ id: 1, name: 'main' }] };
      case 'configurationDone':
        return {};
      case 'inspectVariables':
        return adapter?.isPaused
          ? { variables: await adapter.values.globals() }
          : await this.#inspect(request);
      case 'richInspectVariables':
        return adapter?.isPaused ? await adapter.values.rich(content) : await this.#askMain(request);
      case 'variables':
        return adapter ? await adapter.values.variables(content) : await this.#askMain(request);
    }
    if (!adapter) throw new Error(`${command}: no debugger is attached.`);
    switch (command) {
      case 'setBreakpoints':
        return adapter.setBreakpoints(content);
      case 'setExceptionBreakpoints':
        return adapter.setExceptionBreakpoints(content);
      case 'stackTrace':
        return adapter.stackTrace();
      case 'scopes':
        return adapter.values.scopes(content);
      case 'evaluate':
        return adapter.values.evaluate(content);
      case 'setVariable':
        return adapter.values.setVariable(content);
      case 'setExpression':
        return adapter.values.setExpression(content);
      case 'copyToGlobals':
        return adapter.values.copyToGlobals(content);
      case 'continue':
        return adapter.resume();
      case 'next':
        return adapter.step('stepOver');
      case 'stepIn':
        return adapter.step('stepInto');
      case 'stepOut':
        return adapter.step('stepOut');
      case 'pause':
        return adapter.pause();
      case 'modules':
        return adapter.modules();
      default:
        throw new Error(`${command}: this debugger does not know it.`);
    }
  }

  async #start(): Promise<void> {
    if (this.#adapter) return;
    // Loaded when first wanted: a kernel should not start later for it.
    const { DebugAdapter } = await import('./debug-adapter.ts');
    const send = (event: string, body: JsonObject): void =>
      this.#options.send({ type: 'event', seq: ++this.#events, event, body });
    this.#adapter = new DebugAdapter(send, pathOf);
    await this.#adapter.start();
    Atomics.store(this.#options.flags, flag.debugging, 1);
    send('initialized', {});
  }

  /** Front ends ask after every output of a cell; those who ask while one question is open share its answer. */
  #inspect(request: JsonObject): Promise<JsonObject> {
    this.#inspecting ??= this.#askMain(request).finally(() => (this.#inspecting = undefined));
    return this.#inspecting;
  }

  async #askMain(request: JsonObject): Promise<JsonObject> {
    const id = ++this.#asked;
    this.#options.toMain({ type: 'debug', id, content: request });
    const content = await new Promise<JsonObject>((resolve) => this.#waiting.set(id, resolve));
    if (typeof content.error === 'string') throw new Error(content.error);
    return content;
  }

  #info(): JsonObject {
    return {
      isStarted: this.#adapter !== undefined,
      hashMethod: 'Murmur2',
      hashSeed,
      tmpFilePrefix: prefix,
      tmpFileSuffix: suffix,
      breakpoints: this.#adapter?.breakpoints.list() ?? [],
      stoppedThreads: this.#adapter?.isPaused ? [1] : [],
      richRendering: true,
      exceptionPaths: [],
      copyToGlobals: true,
    };
  }
}

const capabilities = {
  supportsConditionalBreakpoints: true,
  supportsConfigurationDoneRequest: true,
  supportsEvaluateForHovers: true,
  supportsHitConditionalBreakpoints: true,
  supportsLogPoints: true,
  supportsModulesRequest: true,
  supportsSetExpression: true,
  supportsSetVariable: true,
  supportsTerminateRequest: true,
  exceptionBreakpointFilters: [
    { filter: 'uncaught', label: 'Uncaught exceptions', default: false },
    { filter: 'all', label: 'All exceptions', default: false },
  ],
} as const;

/** What front ends call a cell: they compute the same from its text. */
function pathOf(source: string): string {
  return `${prefix}${murmur2(source, hashSeed)}${suffix}`;
}
