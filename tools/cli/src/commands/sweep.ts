import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { workspaceRoot } from '@fovea/files';
import type { Experiment } from '@fovea/experiments';
import { RecordStore, type Profile } from '@fovea/results';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { experimentNamed } from '../experiment-named.ts';
import { parseSeeds } from '../parse-seeds.ts';
import { runTool } from '../run-tool.ts';
import { showReport } from '../show-report.ts';
import { expectedSeconds } from '../sweep/expected-seconds.ts';
import { runLocally } from '../sweep/run-locally.ts';
import { runOnSlurm } from '../sweep/run-on-slurm.ts';
import { sweepBoard } from '../sweep/sweep-board.ts';
import { doneCheck, sweepTasks, taskArguments, taskName, type SweepTask } from '../sweep/sweep-tasks.ts';

const PROGRAM = fileURLToPath(new URL('../../bin/fovea.mjs', import.meta.url));

interface SweepFlags {
  readonly profile: Profile;
  readonly arms?: string[];
  readonly seeds?: number[];
  readonly workers: number;
  readonly threads?: number;
  readonly retries: number;
  readonly again: boolean;
  readonly plan: boolean;
  readonly slurm: boolean;
  readonly sbatch: string[];
  readonly maxRunning?: number;
  readonly cpus: number;
  readonly poll: number;
}

/** `sweep NAME`: arms x seeds of an experiment, on this machine or as a Slurm array. */
export function addSweepCommands(program: Command): void {
  program
    .command('sweep')
    .argument('<name>', 'experiment, such as bam')
    .description(
      'do arms x seeds of an experiment here or on Slurm; runs with an up-to-date record are not done again',
    )
    .addOption(
      new Option('--profile <profile>', 'how large the runs are')
        .choices(['smoke', 'small', 'paper'])
        .default('small'),
    )
    .option('--arms <names>', 'comma-separated; default: all', (text) => text.split(','))
    .option('--seeds <numbers>', "such as 0-4 or 0,2; default: the profile's", parseSeeds)
    .option('--workers <n>', 'runs at a time on this machine', count, 1)
    .option('--threads <n>', 'threads of each run here; default: all cores shared among the workers', count)
    .option('--retries <n>', 'further tries of a run that fails', Number, 1)
    .option('--again', 'do runs again that have an up-to-date record', false)
    .option('--plan', 'print what would be done and how long it is expected to take', false)
    .option('--slurm', 'submit to Slurm and wait', false)
    .option(
      '--sbatch <option>',
      'option of sbatch, such as --sbatch=--partition=gpu; repeatable',
      collect,
      [],
    )
    .option('--max-running <n>', 'array tasks that may run at a time', count)
    .option('--cpus <n>', 'CPUs of an array task', count, availableParallelism())
    .option('--poll <seconds>', 'between two looks at the queue', Number, 10)
    .action(sweep);

  program
    .command('sweep-task', { hidden: true })
    .argument('<file>')
    .argument('<number>')
    .action(async (file: string, number: string) => {
      const task = (JSON.parse(readFileSync(file, 'utf8')) as SweepTask[]).at(Number(number));
      if (task === undefined) throw new Error(`sweep-task: ${file} has no task ${number}.`);
      process.exitCode = await runTool(process.execPath, [PROGRAM, ...taskArguments(task)], {
        cwd: workspaceRoot(),
      });
    });
}

async function sweep(name: string, flags: SweepFlags): Promise<void> {
  const experiment = await experimentNamed(name);
  const { profile, arms, seeds, again } = flags;
  const all = sweepTasks({ experiment, profile, ...(arms && { arms }), ...(seeds && { seeds }) });
  const isDone = doneCheck(experiment);
  const tasks = all.filter((task) => again || !isDone(task));
  console.log(
    `${all.length} runs, ${all.length - tasks.length} with an up-to-date record, ${tasks.length} to do`,
  );
  if (flags.plan) console.log(planText(experiment, tasks));
  if (flags.plan) return;
  const folder = join(workspaceRoot(), '.fovea/sweeps', `${name}-${profile}`);
  // Jobs of a cluster outlive the command that waits for them: there an interrupt just ends it.
  const stop = flags.slurm ? new AbortController().signal : stopped();
  const doAll = (): Promise<SweepTask[]> =>
    flags.slurm ? onSlurm(tasks, experiment, folder, flags) : here(tasks, folder, flags, stop);
  const failed = tasks.length === 0 ? [] : await doAll();
  if (stop.aborted) {
    console.log('stopped; the same command goes on where it was');
    process.exitCode = 130;
    return;
  }
  for (const task of failed) console.log(`failed: ${taskName(task)}; its log is in ${folder}`);
  await showReport(experiment, profile);
  console.log(`${tasks.length - failed.length} done, ${failed.length} failed`);
  if (failed.length > 0) process.exitCode = 1;
}

/** A line a run with its expected duration, and their sum. */
function planText(experiment: Experiment, tasks: readonly SweepTask[]): string {
  const records = new RecordStore().read({ experiment: experiment.name });
  const each = tasks.map((task) => expectedSeconds(experiment, task, records));
  const lines = tasks.map((task, at) => {
    const seconds = each[at];
    return `  ${taskName(task)}${seconds === null ? '' : `  about ${Math.round(seconds)} s`}`;
  });
  const known = each.filter((seconds) => seconds !== null);
  const sum = known.reduce((all, seconds) => all + seconds, 0);
  const unknown = each.length - known.length;
  const total =
    known.length === 0
      ? 'no record tells how long a run takes'
      : `about ${Math.ceil(sum / 60)} minutes on two cores, one run at a time${unknown > 0 ? `, and ${unknown} runs of unknown length` : ''}`;
  return [...lines, total].join('\n');
}

/** Set by an interrupt or a polite kill: what runs here is ended, and no other run begins. */
function stopped(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      controller.abort();
    });
  }
  return controller.signal;
}

function here(
  tasks: readonly SweepTask[],
  folder: string,
  flags: SweepFlags,
  signal: AbortSignal,
): Promise<SweepTask[]> {
  const threads =
    flags.threads ??
    (flags.workers > 1 ? Math.max(1, Math.floor(availableParallelism() / flags.workers)) : null);
  return runLocally(tasks, {
    program: PROGRAM,
    workers: flags.workers,
    threads,
    retries: flags.retries,
    logs: folder,
    onEvent: sweepBoard(tasks.length),
    signal,
  });
}

function onSlurm(
  tasks: readonly SweepTask[],
  experiment: Experiment,
  folder: string,
  flags: SweepFlags,
): Promise<SweepTask[]> {
  const since = new Date();
  let shown = '';
  return runOnSlurm(tasks, {
    folder,
    name: `fovea-${experiment.name}-${flags.profile}`,
    maxRunning: flags.maxRunning ?? null,
    cpus: flags.cpus,
    root: workspaceRoot(),
    node: process.execPath,
    program: PROGRAM,
    directives: flags.sbatch,
    retries: flags.retries,
    pollSeconds: flags.poll,
    isDone: doneCheck(experiment, since),
    onState: ({ job, done, all, queued }) => {
      const parts = Object.entries(queued).map(([state, number]) => `${number} ${state.toLowerCase()}`);
      const line = `job ${job}: ${done} of ${all} done${parts.length > 0 ? `, ${parts.join(', ')}` : ''}\n`;
      if (line !== shown) process.stderr.write(line);
      shown = line;
    },
  });
}

function count(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError(`must be a whole number >= 1, got "${text}".`);
}

function collect(value: string, before: string[]): string[] {
  return [...before, value];
}
