import type { JsonObject } from '../gateway/channel-messages.ts';
import type { DebugHost } from './debug-host.ts';

/** Answers what the main thread is asked about variables while it is not paused: the body of a `debug_reply`. */
export async function answerVariables(host: DebugHost, request: JsonObject): Promise<JsonObject> {
  const { variableName, variablesReference } = (request.arguments ?? {}) as JsonObject;
  switch (request.command) {
    case 'variables':
      return { variables: host.children(Number(variablesReference)) };
    case 'richInspectVariables':
      return { ...((await host.richGlobal(String(variableName))) ?? { data: {}, metadata: {} }) };
    default:
      return { variables: host.globals() };
  }
}
