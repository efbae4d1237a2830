import { isCaught } from './caught.ts';
import { Breakpoints, isDue, type SetBreakpoint, type WantedBreakpoint } from './breakpoints.ts';
import { FrameValues } from './frame-values.ts';
import { Inspector, thrownText, type Json, type ParsedScript, type Paused } from './inspector.ts';
import { cellUnit, fileText, fileUnit, passedOver, type Unit } from './sources.ts';
import { placeOf, stackFrame, userFrames, type UserFrame } from './stack.ts';
import type { CompiledPlaces } from '../session/stack-traces.ts';

/** What the adapter reports to the front end. */
export type SendEvent = (event: string, body: Json) => void;

const maxSteps = 200;

type Step = 'stepOver' | 'stepInto' | 'stepOut';

interface Stepping {
  readonly kind: Step;
  /** Line, script and depth of the stack where the step began. */
  readonly from: string;
  left: number;
}

/** Speaks the Debug Adapter Protocol for the main thread, from another thread. */
export class DebugAdapter {
  readonly #send: SendEvent;
  readonly #pathOf: (source: string) => string;
  readonly #inspector: Inspector;
  readonly #units = new Map<string, Unit>();
  /** Cells that are about to run have a script's name but no script yet. */
  readonly #byUrl = new Map<string, Unit>();
  readonly #unknown: ParsedScript[] = [];
  readonly #breakpoints: Breakpoints;
  readonly values: FrameValues;
  #frames: readonly UserFrame[] = [];
  #paused = false;
  #stepping: Stepping | undefined;
  #pauses = 0;
  #filters: readonly string[] = [];

  /** @param pathOf what the front end calls a cell, from its source */
  constructor(send: SendEvent, pathOf: (source: string) => string) {
    this.#send = send;
    this.#pathOf = pathOf;
    this.#inspector = new Inspector({
      paused: (event) => void this.#onPaused(event),
      resumed: () => this.#onResumed(),
      parsed: (script) => this.#onParsed(script),
    });
    this.#breakpoints = new Breakpoints(this.#inspector);
    this.values = new FrameValues(this.#inspector);
  }

  get isPaused(): boolean {
    return this.#paused;
  }

  get breakpoints(): Breakpoints {
    return this.#breakpoints;
  }

  async start(): Promise<void> {
    await this.#inspector.post('Runtime.enable');
    await this.#inspector.post('Debugger.enable');
    await this.#inspector.post('Debugger.setBlackboxPatterns', { patterns: passedOver });
    await this.values.connect();
    const old = this.#unknown.splice(0);
    const cells = await this.values.ask<CompiledPlaces[]>(
      'cells',
      old.map(({ url }) => url),
    );
    for (const cell of cells) this.#byUrl.set(cell.file, cellUnit(cell, this.#pathOf(cell.source)));
    for (const script of old) this.#onParsed(script);
  }

  /** Sets the breakpoints of a cell that is about to run. */
  async beforeRun(cell: CompiledPlaces): Promise<void> {
    const unit = cellUnit(cell, this.#pathOf(cell.source));
    this.#byUrl.set(cell.file, unit);
    await this.#breakpoints.apply(unit);
  }

  /** Lets the main thread go on and not pause again until {@link watch}: the cell was interrupted. */
  async release(): Promise<void> {
    this.#stepping = undefined;
    await this.#inspector.post('Debugger.setSkipAllPauses', { skip: true });
    if (this.#paused) await this.#inspector.post('Debugger.resume');
  }

  async watch(): Promise<void> {
    await this.#inspector.post('Debugger.setSkipAllPauses', { skip: false });
  }

  close(): void {
    this.#inspector.close();
  }

  async setBreakpoints({ source, breakpoints }: Json): Promise<Json> {
    const { path = '' } = (source ?? {}) as { path?: string };
    const wanted = (breakpoints ?? []) as WantedBreakpoint[];
    const moved = await this.#breakpoints.replace(path, wanted, [...this.#byUrl.values(), ...this.#files()]);
    return { breakpoints: moved.map((line, id) => ({ id, line, verified: true, source: { path } })) };
  }

  async setExceptionBreakpoints({ filters }: Json): Promise<Json> {
    this.#filters = (filters ?? []) as string[];
    // V8 cannot tell which exceptions the kernel catches only to report them, so this class does.
    await this.#inspector.post('Debugger.setPauseOnExceptions', {
      state: this.#filters.length > 0 ? 'all' : 'none',
    });
    return {};
  }

  stackTrace(): Json {
    return { stackFrames: this.#frames.map(stackFrame), totalFrames: this.#frames.length };
  }

  async resume(): Promise<Json> {
    this.#stepping = undefined;
    await this.#inspector.post('Debugger.resume');
    return { allThreadsContinued: true };
  }

  async step(kind: Step): Promise<Json> {
    const [top] = this.#frames;
    this.#stepping = { kind, from: top ? this.#line(top) : '', left: maxSteps };
    await this.#inspector.post(`Debugger.${kind}`);
    return {};
  }

  /** Pauses at the next place of the user's code; library code is left first. */
  async pause(): Promise<Json> {
    this.#stepping = { kind: 'stepOut', from: '', left: maxSteps };
    await this.#inspector.post('Debugger.pause');
    return {};
  }

  modules(): Json {
    const modules = this.#files().map(({ path, name }, id) => ({ id, name, path }));
    return { modules, totalModules: modules.length };
  }

  source({ source }: Json): string | undefined {
    const { path } = (source ?? {}) as { path?: string };
    return this.#files().some((unit) => unit.path === path) ? fileText(String(path)) : undefined;
  }

  #files(): Unit[] {
    return [...this.#units.values()].filter(({ isCell }) => !isCell);
  }

  #line({ unit, place }: UserFrame): string {
    return `${this.#frames.length} ${unit.url} ${place.line}`;
  }

  #onParsed(script: ParsedScript): void {
    const known = this.#byUrl.get(script.url);
    if (known) {
      this.#units.set(script.scriptId, known);
    } else if (script.url.startsWith('fovea-cell:')) {
      this.#unknown.push(script);
    } else {
      const unit = fileUnit(script);
      if (!unit) return;
      this.#units.set(script.scriptId, unit);
      void this.#breakpoints.apply(unit).catch(() => undefined);
    }
  }

  async #onPaused(event: Paused): Promise<void> {
    const frames = userFrames(event.callFrames, this.#units, ++this.#pauses * 1000);
    this.#frames = frames;
    const next = await this.#passOver(event, frames);
    if (next) {
      await this.#inspector.post(`Debugger.${next}`);
      return;
    }
    const stepped = this.#stepping !== undefined;
    this.#stepping = undefined;
    this.#paused = true;
    this.values.pausedIn(frames);
    const isException = /exception|promiseRejection/i.test(event.reason);
    const hit = (event.hitBreakpoints ?? []).length > 0;
    const reason = isException ? 'exception' : hit || !stepped ? 'breakpoint' : 'step';
    const text = isException ? { text: thrownText(event.data) } : {};
    this.#send('stopped', { reason, threadId: 1, allThreadsStopped: true, ...text });
  }

  /** How to go on where this is no place to stop at. */
  async #passOver(event: Paused, frames: readonly UserFrame[]): Promise<Step | 'resume' | undefined> {
    const [top] = frames;
    if (/exception|promiseRejection/i.test(event.reason)) {
      if (!top) return 'resume';
      return this.#filters.includes('all') || !(await this.#isHandled(frames)) ? undefined : 'resume';
    }
    if ((event.hitBreakpoints ?? []).length > 0) {
      if (!top) return 'resume';
      return (await this.#isWanted(event.hitBreakpoints ?? [], frames)) ? undefined : 'resume';
    }
    const stepping = this.#stepping;
    if (!stepping) return top ? undefined : 'resume';
    if (stepping.left-- <= 0) return top ? undefined : 'resume';
    // Nothing below is the user's: the step ends with the cell.
    if (!top) return 'resume';
    if (event.callFrames[0] !== top.frame)
      return this.#units.has(event.callFrames[0]?.location.scriptId ?? '') ? 'stepOver' : 'stepOut';
    return stepping.kind !== 'stepOut' && this.#line(top) === stepping.from ? stepping.kind : undefined;
  }

  /** Whether one of the breakpoints that were reached stops here; log points say what they have to say. */
  async #isWanted(ids: readonly string[], frames: readonly UserFrame[]): Promise<boolean> {
    const reached = this.#breakpoints.reached(ids);
    if (reached.length === 0) return true;
    this.values.pausedIn(frames);
    let stops = false;
    for (const one of reached) stops = (await this.#stopsAt(one, frames[0])) || stops;
    // A step that was on its way ends at a breakpoint, but not at one that does not count.
    if (!stops) this.values.pausedIn([]);
    return stops;
  }

  async #stopsAt(one: SetBreakpoint, top: UserFrame | undefined): Promise<boolean> {
    const { condition, logMessage } = one.wanted;
    try {
      if (condition && !(await this.values.holds(condition))) return false;
    } catch (error) {
      this.#print(`The condition ${condition} fails: ${messageOf(error)}`, top);
      return true;
    }
    one.hits++;
    if (!isDue(one)) return false;
    if (!logMessage) return true;
    const parts = logMessage.split(/\{([^{}]+)\}/);
    let text = '';
    for (const [i, part] of parts.entries())
      text +=
        i % 2 === 0 ? part : await this.values.text(part).catch((error: unknown) => `(${messageOf(error)})`);
    this.#print(text, top);
    return false;
  }

  #print(text: string, top: UserFrame | undefined): void {
    const place = top ? { source: { path: top.unit.path }, line: top.place.line + 1 } : {};
    this.#send('output', { category: 'console', output: `${text}\n`, ...place });
  }

  /** Whether a `catch` of the user's own code waits for what was thrown. */
  async #isHandled(frames: readonly UserFrame[]): Promise<boolean> {
    for (const { frame } of frames) {
      const { scriptSource } = await this.#inspector.post<{ scriptSource: string }>(
        'Debugger.getScriptSource',
        {
          scriptId: frame.location.scriptId,
        },
      );
      if (isCaught(scriptSource, placeOf(frame))) return true;
    }
    return false;
  }

  #onResumed(): void {
    const told = this.#paused;
    this.#paused = false;
    if (!told) return;
    this.#frames = [];
    this.values.pausedIn([]);
    const pauses = this.#pauses;
    // A step that ends at once need not clear the front end's panels.
    setTimeout(
      () => {
        if (this.#pauses === pauses) this.#send('continued', { threadId: 1, allThreadsContinued: true });
      },
      this.#stepping ? 150 : 0,
    );
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
