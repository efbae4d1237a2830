import { debugHostKey } from './debug-host-key.ts';
import { frameExpression } from './frame-expression.ts';
import {
  exceptionText,
  type ExceptionDetails,
  type Inspector,
  type Json,
  type RemoteValue,
} from './inspector.ts';
import { frameScopes, isTop, type UserFrame } from './stack.ts';
import type { Variable } from './variables.ts';

/** References to scopes begin here; smaller ones are the main thread's. */
const scopeBase = 1_000_000_000;

interface Scope {
  readonly name: string;
  readonly objects: readonly RemoteValue[];
  readonly frame: UserFrame;
}

/** Values of the main thread: what frames see, and what cells have declared. */
export class FrameValues {
  readonly #inspector: Inspector;
  #host: RemoteValue = { type: 'undefined' };
  #frames: readonly UserFrame[] = [];
  #scopes: Scope[] = [];

  constructor(inspector: Inspector) {
    this.#inspector = inspector;
  }

  /** Finds the main thread's side of the debugger. */
  async connect(): Promise<void> {
    const { result } = await this.#inspector.post<{ result: RemoteValue }>('Runtime.evaluate', {
      expression: `globalThis[Symbol.for(${JSON.stringify(debugHostKey)})]`,
    });
    this.#host = result;
  }

  /** The frames that requests are about; none while the thread runs. */
  pausedIn(frames: readonly UserFrame[]): void {
    this.#frames = frames;
    this.#scopes = [];
  }

  scopes({ frameId }: Json): Json {
    const frame = this.#frame(frameId);
    const { own, outer } = frameScopes(frame.frame);
    const all: Scope[] = [{ name: 'Locals', objects: own, frame }];
    if (outer.length > 0) all.push({ name: frame.unit.isCell ? 'Closure' : 'Module', objects: outer, frame });
    all.push({ name: 'Globals', objects: [], frame });
    const scopes = all.map((scope) => {
      this.#scopes.push(scope);
      const variablesReference = scopeBase + this.#scopes.length - 1;
      return { name: scope.name, variablesReference, expensive: false };
    });
    return { scopes };
  }

  async variables({ variablesReference }: Json): Promise<Json> {
    const reference = Number(variablesReference);
    if (reference < scopeBase) return { variables: await this.ask<Variable[]>('children', reference) };
    const scope = this.#scopes[reference - scopeBase];
    if (!scope) return { variables: [] };
    if (scope.name === 'Globals') return { variables: await this.globals() };
    const found = await this.#properties(scope.objects);
    const own = [...found].filter(([name]) => !name.startsWith('$$'));
    const variables = await this.#call<Variable[]>('list', [
      { value: own.map(([name]) => name) },
      ...own.map(([, value]) => value),
    ]);
    if (scope.name !== 'Locals' || !isTop(scope.frame.frame, scope.frame.unit)) return { variables };
    // What the code at the top of a cell declares and uses lives in bindings, which are its parameters.
    const bound = [...found.keys()]
      .filter((name) => name.startsWith('$$'))
      .map((name) => name.replace(/^\$+/, ''));
    return { variables: [...(await this.ask<Variable[]>('some', bound)), ...variables] };
  }

  globals(): Promise<Variable[]> {
    return this.ask<Variable[]>('globals');
  }

  async evaluate({ expression, frameId }: Json): Promise<Json> {
    const { value, ...rest } = shown(await this.#list(String(expression), frameId));
    return { result: value, ...rest };
  }

  /** Value of an expression in one line of text. */
  async text(expression: string): Promise<string> {
    return String(shown(await this.#list(expression, undefined)).value);
  }

  /** Whether an expression holds in the innermost frame. */
  async holds(expression: string): Promise<boolean> {
    const { value } = await this.#evaluate(`Boolean(${expression}\n)`, undefined);
    return value === true;
  }

  /** Gives a variable of a scope, or a part of a value, the value of an expression. */
  async setVariable({ variablesReference, name, value }: Json): Promise<Json> {
    const reference = Number(variablesReference);
    if (reference < scopeBase) {
      const assigned = await this.#evaluate(`(${String(value)})`, this.#frames[0]?.id);
      return shown(
        await this.#call<Variable[]>('assign', [{ value: reference }, { value: String(name) }, assigned]),
      );
    }
    const scope = this.#scopes[reference - scopeBase];
    if (!scope) throw new Error('setVariable: the thread has gone on.');
    const frameId = scope.frame.id;
    if (scope.name !== 'Globals')
      return shown(await this.#list(`${String(name)} = (${String(value)})`, frameId));
    const assigned = await this.#evaluate(`(${String(value)})`, frameId);
    return shown(await this.#call<Variable[]>('set', [{ value: String(name) }, assigned]));
  }

  async setExpression({ expression, value, frameId }: Json): Promise<Json> {
    return shown(await this.#list(`${String(expression)} = (${String(value)})`, frameId));
  }

  async rich({ variableName, frameId }: Json): Promise<Json> {
    return this.#call<Json>('rich', [await this.#evaluate(String(variableName), frameId)]);
  }

  async copyToGlobals({ srcVariableName, dstVariableName, srcFrameId }: Json): Promise<Json> {
    const value = await this.#evaluate(String(srcVariableName), srcFrameId);
    await this.#call('copy', [{ value: String(dstVariableName) }, value]);
    return {};
  }

  /** Calls a method of the main thread's side with plain values. */
  ask<T>(method: string, ...values: readonly unknown[]): Promise<T> {
    return this.#call<T>(
      method,
      values.map((value) => ({ value })),
    );
  }

  #frame(id: unknown): UserFrame {
    const frame =
      this.#frames.find((one) => one.id === id) ?? (id === undefined ? this.#frames[0] : undefined);
    if (!frame) throw new Error(`there is no frame ${String(id)}.`);
    return frame;
  }

  #call<T>(method: string, values: readonly (RemoteValue | { value: unknown })[]): Promise<T> {
    // `list` takes any number of values behind the names.
    const code =
      method === 'list'
        ? 'function (names, ...values) { return this.list(names, values); }'
        : `function (...values) { return this.${method}(...values); }`;
    return this.#inspector.call<T>(this.#host, code, values);
  }

  async #properties(objects: readonly RemoteValue[]): Promise<Map<string, RemoteValue>> {
    const found = new Map<string, RemoteValue>();
    for (const { objectId } of objects) {
      const { result } = await this.#inspector.post<{ result: { name: string; value?: RemoteValue }[] }>(
        'Runtime.getProperties',
        { objectId, ownProperties: true },
      );
      // Inner scopes come first and hide names of outer ones; a name without a value has none yet.
      for (const { name, value } of result) if (value && !found.has(name)) found.set(name, value);
    }
    return found;
  }

  async #list(expression: string, frameId: unknown): Promise<Variable[]> {
    const value = await this.#evaluate(expression, frameId);
    return this.#call<Variable[]>('list', [{ value: ['result'] }, value]);
  }

  async #evaluate(expression: string, frameId: unknown): Promise<RemoteValue> {
    const known = new Set(await this.ask<string[]>('known'));
    const frame = this.#frames.length > 0 ? this.#frame(frameId) : undefined;
    const scopes = frame && frameScopes(frame.frame);
    const local = scopes
      ? await this.#properties([...scopes.own, ...scopes.outer])
      : new Map<string, RemoteValue>();
    const code = frameExpression(expression, known, new Set(local.keys()));
    const { result, exceptionDetails } = await this.#inspector.post<{
      result: RemoteValue;
      exceptionDetails?: ExceptionDetails;
    }>(frame ? 'Debugger.evaluateOnCallFrame' : 'Runtime.evaluate', {
      expression: code,
      silent: true,
      ...(frame ? { callFrameId: frame.frame.callFrameId } : {}),
    });
    if (exceptionDetails) throw new Error(exceptionText(exceptionDetails));
    return result;
  }
}

/** A variable as an answer has it. */
function shown([variable]: readonly Variable[]): Json {
  if (!variable) throw new Error('nothing came back.');
  const { value, type, variablesReference } = variable;
  return { value, variablesReference, ...(type === undefined ? {} : { type }) };
}
