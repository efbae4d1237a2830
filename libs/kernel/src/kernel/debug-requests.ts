import { inspect } from 'node:util';
import type { JsonObject } from '../gateway/channel-messages.ts';
import { mimeBundle } from '../displays/mime-bundle.ts';
import type { Session } from '../session/session.ts';

/**
 * Answers what the variables panel of a front end asks. There are no breakpoints, so everything else is refused.
 */
export async function answerDebugRequest(session: Session, request: JsonObject): Promise<JsonObject> {
  const command = String(request.command);
  const reply = (body: JsonObject): JsonObject => ({
    type: 'response',
    request_seq: request.seq ?? 0,
    success: true,
    command,
    body,
  });
  switch (command) {
    case 'debugInfo':
      return reply({
        isStarted: false,
        hashMethod: 'Murmur2',
        hashSeed: 0,
        tmpFilePrefix: '',
        tmpFileSuffix: '.ts',
        breakpoints: [],
        stoppedThreads: [],
        richRendering: true,
        exceptionPaths: [],
        copyToGlobals: false,
      });
    case 'inspectVariables':
      return reply({ variables: session.scope.values().map(([name, value]) => variable(name, value)) });
    case 'richInspectVariables': {
      const { variableName } = (request.arguments ?? {}) as { variableName?: string };
      const found = session.scope.values().find(([name]) => name === variableName);
      return found ? reply({ ...(await mimeBundle(found[1])) }) : reply({ data: {}, metadata: {} });
    }
    default: {
      const message = `${command}: this kernel shows variables but has no breakpoints.`;
      return { type: 'response', request_seq: request.seq ?? 0, success: false, command, message, body: {} };
    }
  }
}

function variable(name: string, value: unknown): JsonObject {
  const type =
    value === null
      ? 'null'
      : typeof value === 'object'
        ? (value.constructor?.name ?? 'object')
        : typeof value;
  const text = inspect(value, { depth: 1, breakLength: Infinity });
  return { name, variablesReference: 0, value: text.length > 200 ? `${text.slice(0, 199)}…` : text, type };
}
