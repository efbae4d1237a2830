import { writeSync } from 'node:fs';

let descriptor = 2;

/** Where the log of this thread goes from now on, since what is written to 2 may be a cell's output. */
export function logTo(file: number): void {
  descriptor = file;
}

/** One line for the server's log, from any thread, whatever happens to `process.stderr`. */
export function log(text: string): void {
  try {
    writeSync(descriptor, `fovea kernel: ${text}\n`);
  } catch {
    // Nobody reads the log.
  }
}
