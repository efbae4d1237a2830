/** What the script of an array job needs. */
export interface SlurmScriptOptions {
  readonly name: string;
  /** Numbers of the tasks to run. */
  readonly tasks: readonly number[];
  /** Most tasks that run at a time; null: as many as the cluster allows. */
  readonly maxRunning: number | null;
  readonly cpus: number;
  readonly root: string;
  readonly node: string;
  readonly program: string;
  readonly taskFile: string;
  readonly logs: string;
  /** Further lines `#SBATCH …`, such as `--partition=gpu`. */
  readonly directives: readonly string[];
}

/**
 * The script of a Slurm array job, one task a run.
 *
 * A task that is preempted or loses its node is queued again under the same number and goes on from its last checkpoint; its log is
 * appended to.
 *
 * @throws RangeError for an empty list of tasks or a directive that is more than one line
 */
export function slurmScript(options: SlurmScriptOptions): string {
  const { name, tasks, maxRunning, cpus, root, node, program, taskFile, logs, directives } = options;
  if (tasks.length === 0) throw new RangeError('slurmScript: tasks must not be empty.');
  const wrong = directives.find((directive) => /[\r\n]/.test(directive) || !directive.startsWith('-'));
  if (wrong !== undefined) {
    throw new RangeError(
      `slurmScript: a directive is one option of sbatch such as --partition=gpu, got ${JSON.stringify(wrong)}.`,
    );
  }
  const limit = maxRunning === null ? '' : `%${maxRunning}`;
  return [
    '#!/bin/bash',
    `#SBATCH --job-name=${name}`,
    `#SBATCH --array=${tasks.join(',')}${limit}`,
    `#SBATCH --cpus-per-task=${cpus}`,
    '#SBATCH --requeue',
    '#SBATCH --open-mode=append',
    `#SBATCH --output=${logs}/%A_%a.log`,
    ...directives.map((directive) => `#SBATCH ${directive}`),
    'set -euo pipefail',
    `cd ${quoted(root)}`,
    'export FOVEA_THREADS="${SLURM_CPUS_PER_TASK:-1}"',
    'export TF_NUM_INTEROP_THREADS="${FOVEA_THREADS}"',
    `exec ${quoted(node)} ${quoted(program)} sweep-task ${quoted(taskFile)} "$SLURM_ARRAY_TASK_ID"`,
    '',
  ].join('\n');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
