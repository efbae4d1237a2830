import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bamExperiment } from '@fovea/experiments';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseSeeds } from '../parse-seeds.ts';
import { runLocally, type SweepEvent } from './run-locally.ts';
import { runOnSlurm, type SlurmState } from './run-on-slurm.ts';
import { slurmScript } from './slurm-script.ts';
import { sweepBoard } from './sweep-board.ts';
import { sweepTasks, taskArguments, taskName, type SweepTask } from './sweep-tasks.ts';

let folder = '';
const path = process.env.PATH;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fovea-sweep-'));
});
afterEach(() => {
  process.env.PATH = path;
  rmSync(folder, { recursive: true, maxRetries: 5 });
});

const tasks = sweepTasks({
  experiment: bamExperiment,
  profile: 'small',
  arms: ['simclr', 'bam'],
  seeds: [0, 1],
});
const doneFile = ({ arm, seed }: SweepTask): string => join(folder, `${arm}-${seed}.done`);

/** A program in the place of `fovea` that marks its run as done, after failing as often as `failures` says for its arm. */
function program(failures: Readonly<Record<string, number>> = {}): string {
  const file = join(folder, 'program.mjs');
  writeFileSync(
    file,
    `import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
    const failures = ${JSON.stringify(failures)};
    const folder = ${JSON.stringify(folder)};
    let args = process.argv.slice(2);
    if (args[0] === 'sweep-task') {
      const { arm, seed } = JSON.parse(readFileSync(args[1], 'utf8'))[Number(args[2])];
      args = ['experiment', 'bam', '--profile', 'small', '--arms', arm, '--seeds', String(seed)];
    }
    const [arm, seed] = [args[args.indexOf('--arms') + 1], args[args.indexOf('--seeds') + 1]];
    const tries = folder + '/' + arm + '-' + seed + '.tries';
    appendFileSync(tries, 'x');
    console.error('epoch 1/1');
    if (readFileSync(tries, 'utf8').length <= (failures[arm] ?? 0)) process.exit(1);
    writeFileSync(folder + '/' + arm + '-' + seed + '.done', process.env.FOVEA_THREADS + ' ' + process.env.TF_NUM_INTEROP_THREADS);`,
  );
  return file;
}

describe('sweepTasks', () => {
  it('does every arm of a seed before the next seed', () => {
    expect(tasks.map(taskName)).toEqual([
      'bam/small/simclr seed 0',
      'bam/small/bam seed 0',
      'bam/small/simclr seed 1',
      'bam/small/bam seed 1',
    ]);
  });
  it('refuses an arm that the experiment lacks', () => {
    expect(() => sweepTasks({ experiment: bamExperiment, profile: 'small', arms: ['bim'] })).toThrow(
      'has no arm "bim"',
    );
  });
  it('leaves the report to the end, when no arm has seeds of two codes', () => {
    expect(taskArguments(tasks[0])).toEqual(
      'experiment bam --profile small --arms simclr --seeds 0 --no-report'.split(' '),
    );
  });
  it('reads seeds as numbers and ranges', () => {
    expect(parseSeeds('0-2,5,2')).toEqual([0, 1, 2, 5]);
    expect(() => parseSeeds('a')).toThrow('seeds are numbers such as 0-4');
  });
});

describe('runLocally', () => {
  const run = (
    failures: Record<string, number>,
    workers: number,
    events: SweepEvent[] = [],
    signal = new AbortController().signal,
  ) =>
    runLocally(tasks, {
      signal,
      program: program(failures),
      workers,
      threads: 3,
      retries: 1,
      logs: join(folder, 'logs'),
      onEvent: (event) => events.push(event),
    });

  it('does every run, a few at a time, with its threads', async () => {
    const events: SweepEvent[] = [];
    expect(await run({}, 2, events)).toEqual([]);
    for (const task of tasks) expect(readFileSync(doneFile(task), 'utf8')).toBe('3 3');
    let [running, most] = [0, 0];
    for (const { kind } of events) {
      if (kind === 'start') most = Math.max(most, ++running);
      if (kind === 'done') running--;
    }
    expect(most).toBe(2);
  });
  it('begins no other run after an interrupt, and calls none failed', async () => {
    const controller = new AbortController();
    const events: SweepEvent[] = [];
    const push = events.push.bind(events);
    events.push = (event) => {
      if (event.kind === 'start') controller.abort();
      return push(event);
    };
    expect(await run({}, 1, events, controller.signal)).toEqual([]);
    expect(events.map(({ kind, task }) => `${kind} ${taskName(task)}`)).toEqual([
      'start bam/small/simclr seed 0',
    ]);
    expect(existsSync(doneFile(tasks[0]))).toBe(false);
  });
  it('tries a run again that fails, and names those that fail for good', async () => {
    const failed = await run({ bam: 1, simclr: 5 }, 2);
    expect(failed.map(taskName).sort()).toEqual(['bam/small/simclr seed 0', 'bam/small/simclr seed 1']);
    expect(existsSync(doneFile(tasks[1]))).toBe(true);
    expect(readFileSync(join(folder, 'logs/simclr-seed0.log'), 'utf8')).toContain('epoch 1/1');
  });
});

describe('slurmScript', () => {
  const options = {
    name: 'fovea-bam-small',
    tasks: [0, 3],
    maxRunning: 2,
    cpus: 4,
    root: "/data/it's here",
    node: '/usr/bin/node',
    program: '/data/fovea.mjs',
    taskFile: '/data/tasks.json',
    logs: '/data/logs',
    directives: ['--partition=gpu'],
  };
  it('is an array job that is queued again when it is preempted', () => {
    const script = slurmScript(options);
    expect(script).toContain('#SBATCH --array=0,3%2\n');
    expect(script).toContain('#SBATCH --requeue\n#SBATCH --open-mode=append\n');
    expect(script).toContain('#SBATCH --partition=gpu\n');
    expect(script).toContain(`cd '/data/it'\\''s here'\n`);
  });
  it('refuses what is no option', () => {
    expect(() => slurmScript({ ...options, directives: ['rm -rf /'] })).toThrow('one option of sbatch');
    expect(() => slurmScript({ ...options, tasks: [] })).toThrow('must not be empty');
  });
});

describe('runOnSlurm', () => {
  /** `sbatch` and `squeue` that run a job's tasks at once, one after the other. */
  function fakeSlurm(refusal = ''): void {
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    const install = (name: string, source: string): void => {
      writeFileSync(join(bin, name), `#!${process.execPath}\n${source}`);
      chmodSync(join(bin, name), 0o755);
    };
    install(
      'sbatch',
      `const { execFileSync } = require('node:child_process');
      const { readFileSync, appendFileSync } = require('node:fs');
      if (${JSON.stringify(refusal)}) { console.error(${JSON.stringify(refusal)}); process.exit(1); }
      const script = process.argv.at(-1);
      const [, list] = /--array=([\\d,]+)/.exec(readFileSync(script, 'utf8'));
      appendFileSync(${JSON.stringify(join(folder, 'arrays'))}, list + '\\n');
      for (const id of list.split(',')) {
        try { execFileSync('/bin/bash', [script], { env: { ...process.env, SLURM_ARRAY_TASK_ID: id }, stdio: 'ignore' }); } catch {}
      }
      console.log('77;cluster');`,
    );
    install('squeue', `console.error('slurm_load_jobs error: Invalid job id specified'); process.exit(1);`);
    process.env.PATH = `${bin}:${path}`;
  }
  const run = (failures: Record<string, number>, retries: number, states: SlurmState[] = []) =>
    runOnSlurm(tasks, {
      folder: join(folder, 'sweep'),
      name: 'fovea',
      maxRunning: null,
      cpus: 1,
      root: folder,
      node: process.execPath,
      program: program(failures),
      directives: [],
      retries,
      pollSeconds: 0.01,
      isDone: (task) => existsSync(doneFile(task)),
      onState: (state) => states.push(state),
    });

  it('submits once and again what has no record, and nothing else', async () => {
    fakeSlurm();
    const states: SlurmState[] = [];
    expect(await run({ bam: 1 }, 2, states)).toEqual([]);
    expect(readFileSync(join(folder, 'arrays'), 'utf8')).toBe('0,1,2,3\n1,3\n');
    expect(states.at(-1)).toEqual({ job: '77', done: 4, all: 4, queued: {} });
  });
  it('names the runs that never gave a record', async () => {
    fakeSlurm();
    expect((await run({ simclr: 9 }, 1)).map(taskName)).toEqual([
      'bam/small/simclr seed 0',
      'bam/small/simclr seed 1',
    ]);
  });
  it('says what sbatch said when it refuses', async () => {
    fakeSlurm('error: invalid partition specified: gpu');
    await expect(run({}, 0)).rejects.toThrow('invalid partition specified: gpu');
  });
});

describe('sweepBoard', () => {
  it('rewrites its lines on a terminal and prints lasting ones elsewhere', () => {
    for (const isTTY of [true, false]) {
      let text = '';
      const board = sweepBoard(2, { isTTY, write: (part) => (text += part) });
      board({ kind: 'start', task: tasks[0] });
      board({ kind: 'progress', task: tasks[0], line: 'epoch 1/2' });
      board({ kind: 'done', task: tasks[0] });
      expect(text).toContain('done    bam/small/simclr seed 0  (1 of 2)\n');
      expect(text.includes('\u001b[')).toBe(isTTY);
      expect(text).toContain('epoch 1/2');
    }
  });
});
