import type { MessagePort } from 'node:worker_threads';
import type { CapturedDescriptors } from '../kernel/capture-descriptors.ts';
import type { Int32Flags } from '../session/flags.ts';
import type { CompiledPlaces } from '../session/stack-traces.ts';

/** What starts the gateway's thread. */
export interface GatewayData {
  readonly connectionFile: string;
  readonly historyFile: string | undefined;
  readonly kernelInfo: JsonObject;
  readonly flags: Int32Flags;
  readonly mainPort: MessagePort;
  readonly inputPort: MessagePort;
  readonly languagePort: MessagePort;
  readonly descriptors: CapturedDescriptors;
}

/** From the gateway to the main thread. `id` names the request in replies and outputs. */
export type ToMain =
  | { readonly type: 'execute'; readonly id: number; readonly content: ExecuteContent }
  | {
      readonly type: 'comm';
      readonly id: number;
      readonly kind: string;
      readonly content: JsonObject;
      readonly metadata: JsonObject;
      readonly buffers: readonly Uint8Array[];
    }
  | { readonly type: 'debug'; readonly id: number; readonly content: JsonObject }
  /** The debugger has set its breakpoints in a script. */
  | { readonly type: 'run'; readonly file: string }
  | { readonly type: 'interrupt'; readonly sequence: number }
  /** Clients can connect. */
  | { readonly type: 'serving' }
  | { readonly type: 'shutdown'; readonly restart: boolean };

/** From the main thread to the gateway. */
export type ToGateway =
  | {
      readonly type: 'stream';
      readonly id: number;
      readonly name: 'stdout' | 'stderr';
      readonly text: string;
    }
  | {
      readonly type: 'publish';
      readonly id: number;
      readonly kind: string;
      readonly content: JsonObject;
      readonly metadata?: JsonObject;
      readonly buffers?: readonly Uint8Array[];
    }
  /** Answer to `debug`. */
  | { readonly type: 'variables'; readonly id: number; readonly content: JsonObject }
  /** A script is about to run. */
  | { readonly type: 'script'; readonly cell: CompiledPlaces }
  | { readonly type: 'reply'; readonly id: number; readonly content: JsonObject }
  | { readonly type: 'input'; readonly id: number; readonly prompt: string; readonly password: boolean }
  | { readonly type: 'exit' };

/** Answer to `input`, through its own port because the main thread waits synchronously. */
export type InputAnswer = { readonly value: string } | { readonly error: 'refused' | 'interrupted' };

export type JsonObject = Readonly<Record<string, unknown>>;

/** The part of an `execute_request` that the main thread needs. */
export interface ExecuteContent {
  readonly code: string;
  readonly silent: boolean;
  readonly storeHistory: boolean;
  readonly userExpressions: Readonly<Record<string, string>>;
}
