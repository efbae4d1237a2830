import { readFileSync } from 'node:fs';
import { digest } from '@fovea/files';

/** Aborted by the first interrupt or termination, so that a run can end after a checkpoint; a second one ends the process. */
export function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  return stop.signal;
}

/** A file's path and SHA-256. */
export function fileLine(path: string): string {
  return `${path}  sha256 ${digest(readFileSync(path))}`;
}
