import type { Outcome, SessionOptions } from './session-options.ts';

type Inspect = NonNullable<SessionOptions['inspect']>;

/** `name?` shows what is known of a name in the pager. */
export async function pageOutcome(name: string, count: number, inspect: Inspect): Promise<Outcome> {
  const { found, data } = await inspect(name);
  const page = found ? data : { 'text/plain': `${name} was not found.` };
  const payload = [{ source: 'page', data: { ...page }, start: 0 }];
  return { status: 'ok', count, value: undefined, payload };
}
