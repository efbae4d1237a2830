import { writeSync } from 'node:fs';

/** One line for the server's log, from any thread, whatever happens to `process.stderr`. */
export function log(text: string): void {
  try {
    writeSync(2, `fovea kernel: ${text}\n`);
  } catch {
    // Nobody reads the log.
  }
}
