import { Session } from 'node:inspector';

export type Json = Readonly<Record<string, unknown>>;

/** A value of the main thread, as Chrome's protocol describes it. */
export interface RemoteValue {
  readonly type: string;
  readonly value?: unknown;
  readonly unserializableValue?: string;
  readonly description?: string;
  readonly objectId?: string;
}

/** Where code stands; lines and columns count from 0. */
export interface CodePlace {
  readonly scriptId: string;
  readonly lineNumber: number;
  readonly columnNumber: number;
}

export interface CallFrame {
  readonly callFrameId: string;
  readonly functionName: string;
  readonly functionLocation?: CodePlace;
  readonly location: CodePlace;
  readonly scopeChain: readonly { readonly type: string; readonly object: RemoteValue }[];
  readonly this: RemoteValue;
  /** Only where the function is about to return. */
  readonly returnValue?: RemoteValue;
}

export interface Paused {
  readonly callFrames: readonly CallFrame[];
  readonly reason: string;
  readonly data?: Partial<RemoteValue>;
  readonly hitBreakpoints?: readonly string[];
}

export interface ParsedScript {
  readonly scriptId: string;
  readonly url: string;
  readonly sourceMapURL?: string;
}

interface Events {
  paused(event: Paused): void;
  resumed(): void;
  parsed(script: ParsedScript): void;
}

/** The main thread's inspector, reached from another thread, so that it answers while the main thread is paused. */
export class Inspector {
  readonly #session = new Session();

  constructor(events: Events) {
    const listen = (name: string, take: (params: unknown) => void): void => {
      this.#session.on(name as 'inspectorNotification', (message) => take(message.params));
    };
    listen('Debugger.paused', (params) => events.paused(params as Paused));
    listen('Debugger.resumed', () => events.resumed());
    listen('Debugger.scriptParsed', (params) => events.parsed(params as ParsedScript));
    this.#session.connectToMainThread();
  }

  /** @throws where the inspector refuses */
  post<T = Json>(method: string, parameters: object = {}): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#session.post(method, parameters, (error, result) => {
        // The inspector's errors are plain objects.
        if (error) reject(new Error(`${method}: ${error.message}`));
        else resolve(result as T);
      });
    });
  }

  /** Calls a function of the main thread with values of the main thread, and brings back plain data. */
  async call<T>(
    target: RemoteValue,
    code: string,
    values: readonly (RemoteValue | { value: unknown })[],
  ): Promise<T> {
    const { result, exceptionDetails } = await this.post<{
      result: RemoteValue;
      exceptionDetails?: ExceptionDetails;
    }>('Runtime.callFunctionOn', {
      objectId: target.objectId,
      functionDeclaration: code,
      arguments: values.map(argument),
      returnByValue: true,
      silent: true,
    });
    if (exceptionDetails) throw new Error(exceptionText(exceptionDetails));
    return result.value as T;
  }

  close(): void {
    this.#session.disconnect();
  }
}

export interface ExceptionDetails {
  readonly text: string;
  readonly exception?: RemoteValue;
}

/** What was thrown, in one line. */
export function exceptionText({ text, exception }: ExceptionDetails): string {
  return exception ? thrownText(exception) : text;
}

/** A thrown value in one line. */
export function thrownText(value: Partial<RemoteValue> = {}): string {
  return value.description?.split('\n')[0] ?? JSON.stringify(value.value ?? null);
}

function argument(value: RemoteValue | { value: unknown }): object {
  if ('objectId' in value && value.objectId) return { objectId: value.objectId };
  if ('unserializableValue' in value) return { unserializableValue: value.unserializableValue };
  return { value: value.value };
}
