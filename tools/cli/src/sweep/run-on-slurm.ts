import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { writeFileAtomic } from '@fovea/files';
import { slurmScript, type SlurmScriptOptions } from './slurm-script.ts';
import type { SweepTask } from './sweep-tasks.ts';

const run = promisify(execFile);

/** How runs go to a cluster. */
export interface SlurmOptions extends Omit<SlurmScriptOptions, 'tasks' | 'taskFile' | 'logs'> {
  /** Folder of the task list, the script and the logs, on a disk that the nodes share. */
  readonly folder: string;
  /** Further submissions of tasks that end without a record. */
  readonly retries: number;
  /** Seconds between two looks at the queue. */
  readonly pollSeconds: number;
  readonly isDone: (task: SweepTask) => boolean;
  readonly onState: (state: SlurmState) => void;
}

/** Where a sweep on a cluster stands. */
export interface SlurmState {
  readonly job: string;
  readonly done: number;
  readonly all: number;
  /** Tasks in the queue by Slurm's state, such as RUNNING or PENDING. */
  readonly queued: Readonly<Record<string, number>>;
}

/**
 * Submits runs as a Slurm array, waits for the queue to empty, and submits again what has no record then.
 *
 * What counts is the record, not the exit status: it lies in the store, whatever became of the job's accounting.
 *
 * @returns the runs that have no record in the end
 * @throws Error when sbatch refuses the job, with what it said
 */
export async function runOnSlurm(tasks: readonly SweepTask[], options: SlurmOptions): Promise<SweepTask[]> {
  const { folder, retries, isDone } = options;
  const logs = join(folder, 'logs');
  mkdirSync(logs, { recursive: true });
  const taskFile = join(folder, 'tasks.json');
  writeFileAtomic(taskFile, `${JSON.stringify(tasks, null, 2)}\n`);
  const open = (): number[] => tasks.flatMap((task, index) => (isDone(task) ? [] : [index]));
  for (let attempt = 0; attempt <= retries; attempt++) {
    const waiting = open();
    if (waiting.length === 0) break;
    const script = join(folder, `job-${attempt + 1}.sbatch`);
    writeFileAtomic(script, slurmScript({ ...options, tasks: waiting, taskFile, logs }));
    await follow(await submit(script), tasks, options);
  }
  return open().map((index) => tasks[index]);
}

async function submit(script: string): Promise<string> {
  try {
    const { stdout } = await run('sbatch', ['--parsable', script]);
    return stdout.trim().split(';')[0];
  } catch (error) {
    const { stderr = '', message } = error as { stderr?: string; message: string };
    throw new Error(`sweep: sbatch refused ${script}: ${stderr.trim() || message}`, { cause: error });
  }
}

async function follow(job: string, tasks: readonly SweepTask[], options: SlurmOptions): Promise<void> {
  for (;;) {
    const queued = await queueOf(job);
    options.onState({ job, done: tasks.filter(options.isDone).length, all: tasks.length, queued });
    if (Object.keys(queued).length === 0) return;
    await sleep(options.pollSeconds * 1000);
  }
}

/** Tasks of a job in the queue, by state; none once Slurm has forgotten the job. */
async function queueOf(job: string): Promise<Record<string, number>> {
  try {
    const { stdout } = await run('squeue', ['--noheader', '--array', '--format=%T', `--jobs=${job}`]);
    const counts: Record<string, number> = {};
    for (const state of stdout.split('\n').map((line) => line.trim())) {
      if (state !== '') counts[state] = (counts[state] ?? 0) + 1;
    }
    return counts;
  } catch (error) {
    if (String((error as { stderr?: string }).stderr).includes('Invalid job id')) return {};
    throw error;
  }
}
