import { mimeBundle } from '../displays/mime-bundle.ts';
import type { Session } from './session.ts';

/** Evaluates expressions beside a cell, each to its MIME bundle or its error. */
export async function evaluateAll(
  session: Session,
  expressions: Readonly<Record<string, string>>,
): Promise<Record<string, unknown>> {
  const values: Record<string, unknown> = {};
  for (const [name, source] of Object.entries(expressions)) {
    const outcome = await session.execute(`(${source})`, { silent: true });
    if (outcome.status === 'error') {
      const { ename, evalue, traceback } = outcome;
      values[name] = { status: 'error', ename, evalue, traceback };
    } else values[name] = { status: 'ok', ...(await mimeBundle(outcome.value)) };
  }
  return values;
}
