import type { ProgressStream } from '@fovea/train';
import type { SweepEvent } from './run-locally.ts';
import { taskName } from './sweep-tasks.ts';

const PLAIN_INTERVAL_MS = 15_000;

/**
 * One view of a sweep: on a terminal a line for the whole and one for each run at work, rewritten in place; elsewhere a line for each run
 * that starts, ends or fails, and progress now and then.
 */
export function sweepBoard(
  all: number,
  stream: ProgressStream = process.stderr,
): (event: SweepEvent) => void {
  const running = new Map<string, string>();
  let [done, failed, shown, last] = [0, 0, 0, -Infinity];
  const lasting = (line: string): void => {
    if (stream.isTTY) stream.write(`${erase(shown)}${line}\n`);
    else stream.write(`${line}\n`);
    shown = 0;
  };
  const draw = (): void => {
    if (!stream.isTTY) return;
    const lines = [
      `sweep: ${done} of ${all} done${failed > 0 ? `, ${failed} failed` : ''}`,
      ...running.values(),
    ];
    stream.write(`${erase(shown)}${lines.map((line) => `  ${line}\n`).join('')}`);
    shown = lines.length;
  };
  const ending = (event: Extract<SweepEvent, { kind: 'done' | 'failed' }>, name: string): string => {
    if (event.kind === 'done') return `done    ${name}  (${++done} of ${all})`;
    if (!event.again) failed++;
    return `failed  ${name}, ${event.again ? 'to be tried again' : 'for good'}: see ${event.log}`;
  };
  return (event) => {
    const name = taskName(event.task);
    if (event.kind === 'start') {
      running.set(name, name);
      if (!stream.isTTY) lasting(`start   ${name}`);
    } else if (event.kind === 'progress') {
      running.set(name, event.line);
      if (!stream.isTTY && performance.now() - last > PLAIN_INTERVAL_MS) {
        last = performance.now();
        lasting(`        ${event.line}`);
      }
    } else {
      running.delete(name);
      lasting(ending(event, name));
    }
    draw();
  };
}

/** Moves up over the lines that were drawn last and clears from there. */
function erase(lines: number): string {
  return lines === 0 ? '' : `\u001b[${lines}A\u001b[J`;
}
