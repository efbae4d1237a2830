/** Writes one line about long work to the standard error stream, so that the standard output stays clean. */
export function progress(line: string): void {
  process.stderr.write(`fovea data: ${line}\n`);
}
