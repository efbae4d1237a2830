import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { taskArguments, taskName, type SweepTask } from './sweep-tasks.ts';

/** How runs share this machine. */
export interface LocalOptions {
  /** The `fovea` program. */
  readonly program: string;
  /** Runs at a time. */
  readonly workers: number;
  /** Threads of each run; null leaves TensorFlow its own choice. */
  readonly threads: number | null;
  /** Further tries of a run that fails. */
  readonly retries: number;
  /** Folder of one log a run. */
  readonly logs: string;
  readonly onEvent: (event: SweepEvent) => void;
  /** Ends the runs that are under way and begins no other. */
  readonly signal: AbortSignal;
}

/** What happens in a sweep. */
export type SweepEvent =
  | { readonly kind: 'start'; readonly task: SweepTask }
  | { readonly kind: 'done'; readonly task: SweepTask }
  | { readonly kind: 'progress'; readonly task: SweepTask; readonly line: string }
  | { readonly kind: 'failed'; readonly task: SweepTask; readonly log: string; readonly again: boolean };

/**
 * Does runs as processes of their own, a few at a time, until all are done or the signal ends them.
 *
 * @returns the runs that failed for good; those that the signal ended are not among them
 */
export async function runLocally(tasks: readonly SweepTask[], options: LocalOptions): Promise<SweepTask[]> {
  mkdirSync(options.logs, { recursive: true });
  const waiting = tasks.map((task) => ({ task, left: options.retries }));
  const failed: SweepTask[] = [];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next && !options.signal.aborted; next = waiting.shift()) {
      const { task, left } = next;
      options.onEvent({ kind: 'start', task });
      const log = join(options.logs, `${task.arm}-seed${task.seed}.log`);
      if ((await runTask(task, log, options)) === 0) {
        options.onEvent({ kind: 'done', task });
        continue;
      }
      if (options.signal.aborted) return;
      options.onEvent({ kind: 'failed', task, log, again: left > 0 });
      if (left > 0) waiting.push({ task, left: left - 1 });
      else failed.push(task);
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.workers, tasks.length) }, worker));
  return failed;
}

function runTask(
  task: SweepTask,
  log: string,
  { program, threads, onEvent, signal }: LocalOptions,
): Promise<number> {
  // Threads of one op, and ops at a time: either alone lets a run take the cores of its neighbours.
  const share = threads !== null && {
    FOVEA_THREADS: String(threads),
    TF_NUM_INTEROP_THREADS: String(threads),
  };
  const env = { ...process.env, ...share };
  const child = spawn(process.execPath, [program, ...taskArguments(task)], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const file = createWriteStream(log, { flags: 'a' });
  file.write(`${new Date().toISOString()} ${taskName(task)}\n`);
  child.stdout.pipe(file, { end: false });
  child.stderr.pipe(file, { end: false });
  child.stderr.on('data', (chunk: Buffer) => {
    const line = chunk.toString().trim().split('\n').at(-1);
    if (line !== undefined && line !== '') onEvent({ kind: 'progress', task, line });
  });
  const stop = (): void => void child.kill('SIGTERM');
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  return new Promise((resolve) => {
    const end = (code: number): void => {
      signal.removeEventListener('abort', stop);
      file.end();
      resolve(code);
    };
    child.on('error', () => {
      end(127);
    });
    child.on('close', (code) => {
      end(code ?? 1);
    });
  });
}
