import { notebookHost } from './host.ts';

/** Asks the user for a line of text and waits for it. */
export function prompt(message = ''): string {
  return host('prompt').input(message, false);
}

/** Asks the user for a line that is not shown as it is typed. */
export function password(message = ''): string {
  return host('password').input(message, true);
}

/** Asks the user a question; `y` and `yes` are yes. */
export function confirm(message = ''): boolean {
  return /^y(es)?$/i.test(host('confirm').input(`${message} [y/N] `, false).trim());
}

/** Aborts when the running cell is stopped; for libraries that accept a signal. */
export function signal(): AbortSignal {
  return notebookHost()?.signal ?? new AbortController().signal;
}

function host(name: string): NonNullable<ReturnType<typeof notebookHost>> {
  const found = notebookHost();
  if (!found) throw new Error(`${name}: works only in a notebook.`);
  return found;
}
