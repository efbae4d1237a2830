import { AsyncLocalStorage } from 'node:async_hooks';
import { constants, Script } from 'node:vm';
import type { CompiledCell } from '../compiler/compile-cell.ts';
import { SourcePositions } from '../compiler/source-positions.ts';
import { isDisplayHandle } from '../displays/display.ts';
import { mimeBundle, type MimeBundle } from '../displays/mime-bundle.ts';
import { diagnosticReport, errorReport } from './error-report.ts';
import { createFlags, flag, type Int32Flags } from './flags.ts';
import { cellHandle, provideHelpers } from './cell-handle.ts';
import { CellImports } from './cell-imports.ts';
import { CellGraph } from './cell-graph.ts';
import { DisplayOrder } from './display-order.ts';
import { KeyboardInterrupt } from './keyboard-interrupt.ts';
import { takeMagics } from './magics.ts';
import type { CellParent, ErrorReport } from './outputs.ts';
import { pageOutcome } from './pager.ts';
import { Scope } from './scope.ts';
import type { ExecuteOptions, Outcome, SessionOptions } from './session-options.ts';
import { cellFile, installStackTraces, traceCell } from './stack-traces.ts';

interface RunningCell {
  readonly id: number;
  readonly parent: CellParent;
  readonly controller: AbortController;
  /** Displays whose formats are still being made. */
  readonly pending: Set<Promise<void>>;
  abandoned: boolean;
  reject(error: Error): void;
}

type CellFunction = (kernel: unknown, flags: Int32Array, ...bindings: unknown[]) => unknown;
const entry = Symbol.for('fovea.cell');

/** Runs cells one after the other in one scope. */
export class Session {
  readonly scope = new Scope();
  readonly graph = new CellGraph();
  readonly flags: Int32Flags;
  readonly #options: SessionOptions;
  readonly #context = new AsyncLocalStorage<RunningCell>();
  readonly #imports: CellImports;
  readonly #handle: object;
  readonly #order = new DisplayOrder();
  #running: RunningCell | undefined;
  #latest: RunningCell | undefined;
  #ids = 0;
  #count = 0;
  #obeyed = 0;
  /** Await the value of a cell's last expression where it is a promise. */
  awaitLast = true;
  /** What wrong types do to a cell. */
  typeCheck: 'off' | 'warn' | 'error' = 'off';
  /** Before each cell: reload no local module, those named by `%aimport` that changed, or all that changed; `once` is now, and all. */
  autoreload: 'off' | 'once' | 'named' | 'on' = 'off';
  /** What `%aimport` named. */
  readonly reloadable = new Set<string>();

  constructor(options: SessionOptions) {
    this.#options = options;
    this.flags = options.flags ?? createFlags();
    installStackTraces();
    const { importer } = options;
    this.#imports = new CellImports(importer, this.scope);
    this.#handle = cellHandle(importer, this.scope, () => this.#stop());
    Reflect.set(globalThis, Symbol.for('fovea.flags'), this.flags);
    Reflect.set(globalThis, Symbol.for('fovea.stop'), () => this.#stop());
    this.scope.provide('require', importer.require);
    this.scope.provide('__filename', importer.file);
    this.scope.provide('__dirname', importer.folder);
  }

  get executionCount(): number {
    return this.#count;
  }

  /** The signal that aborts when the running cell is interrupted. */
  get signal(): AbortSignal {
    return (this.#context.getStore() ?? this.#latest)?.controller.signal ?? new AbortController().signal;
  }

  /** The cell that the code now running belongs to: a late callback still belongs to its own cell. */
  get currentParent(): CellParent {
    return (this.#context.getStore() ?? this.#running ?? this.#latest)?.parent;
  }

  /** Shows a bundle as output of the cell that the code now running belongs to. */
  display(bundle: MimeBundle | Promise<MimeBundle>, id: string | undefined, update: boolean): void {
    const cell = this.#context.getStore() ?? this.#running ?? this.#latest;
    const show = (ready: MimeBundle): void =>
      this.#options.outputs.display(cell?.parent, {
        bundle: ready,
        update,
        ...(id === undefined ? {} : { id }),
      });
    const shown = this.#order.show(bundle, id, show);
    if (shown) cell?.pending.add(shown);
    void shown?.finally(() => cell?.pending.delete(shown)).catch(() => undefined);
  }

  /** Runs a callback of the front end; its output belongs to the message that caused it. */
  runAs(parent: CellParent, action: () => void): void {
    this.#context.run(this.#cellOf(++this.#ids, parent), () => {
      try {
        action();
      } catch (error) {
        this.#options.outputs.stream(parent, 'stderr', `${errorReport(error).traceback.join('\n')}\n`);
      }
    });
  }

  /** Compiles and runs one cell. Never rejects; reports values and errors to the outputs. */
  async execute(
    source: string,
    { silent = false, countUp = !silent, parent }: ExecuteOptions = {},
  ): Promise<Outcome> {
    const count = countUp ? ++this.#count : this.#count;
    const { outputs } = this.#options;
    if (!silent) outputs.input(parent, source, count);
    const fail = (report: ErrorReport): Outcome => {
      if (!silent) outputs.error(parent, report);
      return { status: 'error', count, ...report };
    };
    const asked = /^\s*([\p{ID_Continue}$.]+)\s*\?\s*$/u.exec(source)?.[1];
    if (asked && this.#options.inspect) return await pageOutcome(asked, count, this.#options.inspect);
    const id = ++this.#ids;
    const label = `Cell [${silent ? '*' : count}]`;
    try {
      const prepared = takeMagics(this, source);
      if (prepared.before) outputs.stream(parent, 'stdout', prepared.before);
      if (this.autoreload !== 'off') await this.#reload(parent);
      const compiled = await this.#options.compile(prepared.source, this.scope.known(prepared.source));
      if (!compiled.ok) {
        const name = compiled.typesOnly ? 'TypeScriptError' : 'SyntaxError';
        return fail(diagnosticReport(name, compiled.errors, source, label));
      }
      if (compiled.warnings && !silent) {
        const { traceback } = diagnosticReport('TypeScriptWarning', compiled.warnings, source, label);
        outputs.stream(parent, 'stderr', `${traceback.join('\n')}\n`);
      }
      const { mappings, declared, uses } = compiled.cell;
      const positions = new SourcePositions(mappings);
      traceCell(id, { label, source, mappings, original: (place) => positions.original(place) });
      await this.#options.beforeRun?.(cellFile(id));
      const names = declared.map(([name]) => name);
      if (!silent) this.graph.add(source, label, names, uses);
      const start = performance.now();
      const [value] = await this.#run(compiled.cell, id, parent);
      if (prepared.after) outputs.stream(parent, 'stdout', prepared.after(performance.now() - start));
      if (!silent && value !== undefined && !isDisplayHandle(value)) {
        outputs.result(
          parent,
          count,
          await this.#context.run(this.#cellOf(id, parent), () => mimeBundle(value)),
        );
      }
      return { status: 'ok', count, value, payload: [] };
    } catch (error) {
      return fail(errorReport(error));
    }
  }

  /**
   * Stops what runs now: called on the main thread, so the cell is between two steps.
   *
   * @param sequence number of the interrupt; one that a loop has obeyed already is not obeyed twice
   */
  interrupt(sequence: number): void {
    const cell = this.#running;
    if (!cell || sequence <= this.#obeyed) return void Atomics.compareExchange(this.flags, flag.stop, 1, 0);
    this.#obeyed = sequence;
    cell.abandoned = true;
    // Loops of the abandoned cell that wake up later must end too: see #stop.
    Atomics.store(this.flags, flag.stop, 2);
    const error = new KeyboardInterrupt();
    cell.controller.abort(error);
    cell.reject(error);
  }

  /** An interrupt that ended a callback, or a promise that nobody waits for, ends the running cell too; says whether it was one. */
  abandon(error: unknown): boolean {
    const cell = this.#running;
    if (!cell || !(error instanceof KeyboardInterrupt)) return false;
    cell.abandoned = true;
    Atomics.compareExchange(this.flags, flag.stop, 0, 2);
    cell.reject(error);
    return true;
  }

  /** The cell's value, in a list so that a promise stays one. */
  async #run(cell: CompiledCell, id: number, parent: CellParent): Promise<[unknown]> {
    const running = this.#cellOf(id, parent);
    const interrupted = new Promise<never>((_, reject) => (running.reject = reject));
    interrupted.catch(() => undefined);
    this.#running = this.#latest = running;
    try {
      return await this.#context.run(running, async () => {
        const imports = this.#imports.run(cell);
        if (cell.imports.length > 0) await Promise.race([imports, interrupted]);
        provideHelpers(cell, this.scope);
        this.scope.declare(cell);
        this.#options.runs?.();
        const returned = this.#runSync(cell, id);
        if (returned instanceof Promise) void returned.then(...this.#settled(running));
        const last = (
          returned instanceof Promise ? await Promise.race([returned, interrupted]) : returned
        ) as [unknown] | undefined;
        const value = last?.[0];
        const settled = this.awaitLast && isPromise(value) ? await Promise.race([value, interrupted]) : value;
        if (running.pending.size > 0) await Promise.race([Promise.all(running.pending), interrupted]);
        return [settled];
      });
    } catch (error) {
      if ((error as { code?: string } | null)?.code === 'ERR_SCRIPT_EXECUTION_INTERRUPTED') {
        this.#obeyed = Atomics.load(this.flags, flag.interrupts);
        throw new KeyboardInterrupt();
      }
      throw error;
    } finally {
      this.#running = undefined;
      Atomics.compareExchange(this.flags, flag.stop, 1, 0);
    }
  }

  #cellOf(id: number, parent: CellParent): RunningCell {
    return {
      id,
      parent,
      controller: new AbortController(),
      pending: new Set(),
      abandoned: false,
      reject: () => undefined,
    };
  }

  /** Once an abandoned cell has really ended, loops need not ask any more. */
  #settled(cell: RunningCell): [() => void, () => void] {
    const done = (): void => {
      if (cell.abandoned) Atomics.compareExchange(this.flags, flag.stop, 2, 0);
    };
    return [done, done];
  }

  /** Loads changed local modules anew and lets the names that cells imported follow them. */
  async #reload(parent: CellParent): Promise<void> {
    const mode = this.autoreload;
    if (mode === 'once') this.autoreload = 'off';
    const reloader = await this.#options.reloader?.();
    const wanted = mode === 'once' ? 'all' : mode === 'named' ? this.reloadable : 'changed';
    const reloaded = reloader && (await this.#imports.reload(reloader, wanted));
    if (reloaded) await this.#options.reloaded?.();
    if (!reloaded?.failed) return;
    // Not the cell's fault: it may run, and fails where it uses what is missing.
    const { names, error } = reloaded.failed;
    const { traceback } = errorReport(error);
    const lines = [`Not loaded anew: ${names.join(', ')}.`, ...traceback, ''];
    this.#options.outputs.stream(parent, 'stderr', lines.join('\n'));
  }

  #runSync(cell: CompiledCell, id: number): unknown {
    const bindings = cell.bindings.map((name) => this.scope.binding(name));
    let returned: unknown;
    Reflect.set(globalThis, entry, (body: CellFunction) => {
      returned = body(this.#handle, this.flags, ...bindings);
    });
    const script = new Script(cell.code, {
      filename: cellFile(id),
      importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    });
    Atomics.add(this.flags, flag.synchronous, 1);
    try {
      foveaRunCell(script);
    } finally {
      Atomics.add(this.flags, flag.synchronous, 1);
    }
    return returned;
  }

  /** Called by a loop that saw the flag. */
  #stop(): void {
    const asked = Atomics.compareExchange(this.flags, flag.stop, 1, 0) === 1;
    const cell = this.#context.getStore();
    if (asked || cell?.abandoned) {
      const error = new KeyboardInterrupt();
      if (asked) this.#obeyed = Atomics.load(this.flags, flag.interrupts);
      if (asked) cell?.controller.abort(error);
      throw error;
    }
  }
}

function foveaRunCell(script: Script): void {
  script.runInThisContext({ breakOnSigint: true });
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}
