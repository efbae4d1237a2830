import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { wantedCacheDirectory } from '../../libs/files/src/cache-directory.mjs';
import { readJson, removeStaleTemporaries, writeJsonAtomic } from './atomic.mjs';
import { SetupFailure, diskFailure } from './failure.mjs';
import { acquireLock } from './lock.mjs';
import { onSignal } from './on-signal.mjs';
import { binding, linkOf } from './steps/binding.mjs';
import { libtensorflow } from './steps/libtensorflow.mjs';
import { npm } from './steps/npm.mjs';
import { checkPrerequisites } from './steps/prerequisites.mjs';
import { python } from './steps/python.mjs';
import { verify } from './steps/verify.mjs';

/** @typedef {import('./context.mjs').Context} Context */
/** @typedef {{ name: string, space: (context: Context) => import('./steps/prerequisites.mjs').Space, isCurrent: (context: Context) => boolean | Promise<boolean>, run: (context: Context) => Promise<object> }} Step */

/** @type {Step[]} */
export const steps = [npm, python, libtensorflow, binding, verify];

/**
 * Brings every step up to date and prints a line for each that had something to do.
 *
 * @param {Context} context
 * @returns {Promise<number>} the exit status
 */
export async function runSetup(context) {
  const { progress } = context;
  let name = 'set-up';
  try {
    // A lock beside finished steps is one that a set-up left when it was killed at its very end.
    if ((await staleSteps(context)).length === 0 && !existsSync(context.lock)) return 0;
    const lock = await acquireLock(context.lock, (pid) =>
      progress.line(`… another set-up (process ${pid}) is at work: waiting for it`),
    );
    context.onSpawn = lock.setChild;
    // The lock stays: whoever takes it over waits for the end of the command that runs now.
    const stop = onSignal((signal) => {
      progress.fail(`✗ set-up interrupted by ${signal}: run "npm run setup" again, it goes on from here`);
    });
    try {
      return await bringUpToDate(context, (step) => (name = step));
    } finally {
      stop();
      lock.release();
    }
  } catch (error) {
    const failure = error instanceof SetupFailure ? error : diskFailure(error);
    progress.fail(
      failure ? failure.describe(name) : `✗ ${name}: ${error instanceof Error ? error.stack : error}`,
    );
    return 1;
  }
}

/** @param {Context} context */
export async function staleSteps(context) {
  const stale = [];
  for (const step of steps) if (!(await step.isCurrent(context))) stale.push(step);
  return stale;
}

/**
 * @param {Context} context
 * @param {(name: string) => void} onStep
 */
async function bringUpToDate(context, onStep) {
  const { progress, cache } = context;
  const stale = await staleSteps(context);
  if (stale.length === 0) {
    cleanUp(context);
    return 0;
  }
  if (cache !== wantedCacheDirectory(context.env)) {
    progress.line(`  ${wantedCacheDirectory(context.env)} cannot be written: the cache is ${cache}`);
  }
  cleanUp(context);

  onStep('prerequisites');
  progress.start('prerequisites');
  const { details, failures } = await checkPrerequisites(context, spaceFor(context, stale));
  if (failures.length > 0) {
    progress.fail(failures.map((failure) => failure.describe('prerequisites')).join('\n'));
    return 1;
  }
  progress.done();
  record(context, 'prerequisites', details, 0);

  for (const step of steps) {
    if (await step.isCurrent(context)) continue;
    onStep(step.name);
    progress.start(step.name);
    const startedAt = performance.now();
    const result = await step.run(context);
    record(context, step.name, result, (performance.now() - startedAt) / 1000);
    progress.done();
  }
  return 0;
}

/** @param {Context} context */
function cleanUp(context) {
  const { state, cache, nodeModules } = context;
  const folders = [
    state,
    nodeModules,
    cache,
    ...['downloads', 'libtensorflow', 'bindings'].map((name) => join(cache, name)),
  ];
  for (const folder of [...folders, dirname(linkOf(context))]) removeStaleTemporaries(folder);
}

/**
 * @param {Context} context
 * @param {Step[]} stale
 */
function spaceFor(context, stale) {
  const spaces = stale.map((step) => step.space(context));
  return {
    repository: spaces.reduce((sum, { repository }) => sum + repository, 0),
    cache: spaces.reduce((sum, { cache }) => sum + cache, 0),
  };
}

/**
 * @param {Context} context
 * @param {string} name
 * @param {object} details
 * @param {number} seconds
 */
function record(context, name, details, seconds) {
  mkdirSync(context.state, { recursive: true });
  const { platform, arch, cache, gpu } = context;
  const machine = { platform, arch, node: process.versions.node, cache, gpu };
  const before = readJson(context.record)?.steps;
  const entry = { at: new Date().toISOString(), seconds: Number(seconds.toFixed(2)), ...details };
  writeJsonAtomic(context.record, { schema: 1, ...machine, steps: { ...before, [name]: entry } });
}
