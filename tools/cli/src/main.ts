import { Command } from 'commander';
import { addCheckCommands } from './commands/checks.ts';
import { addExperimentCommand } from './commands/experiment.ts';
import { addLabCommand } from './commands/lab.ts';
import { addNotebookCommand } from './commands/notebook.ts';
import { addWorkspaceCommands } from './commands/workspace.ts';

/** Commands whose libraries take long to load: loaded when named, listed always. */
const LATE: Readonly<Record<string, { description: string; add: (program: Command) => Promise<unknown> }>> = {
  data: {
    description: 'data sets: list, show, verify, pack',
    add: async (to) => (await import('./commands/data.ts')).addDataCommands(to),
  },
  results: {
    description: 'tables, differences and checks of stored records',
    add: async (to) => (await import('./commands/results.ts')).addResultsCommand(to),
  },
  saliency: {
    description: 'compute and keep the saliency maps of a data set; a run that was stopped goes on',
    add: async (to) => (await import('./commands/saliency.ts')).addSaliencyCommand(to),
  },
  sweep: {
    description: 'do arms x seeds of an experiment here or on Slurm; up-to-date records are not done again',
    add: async (to) => (await import('./commands/sweep.ts')).addSweepCommands(to),
  },
  weights: {
    description: 'networks in safetensors files: show, convert',
    add: async (to) => (await import('./commands/weights.ts')).addWeightsCommands(to),
  },
  methods: {
    description: 'list every method with paper, state, tags, tests and status',
    add: async (to) => (await import('./commands/methods.ts')).addMethodsCommand(to),
  },
  kernel: {
    description: 'the TypeScript kernel for Jupyter: install it, or start it for a client',
    add: async (to) => (await import('./commands/kernel.ts')).addKernelCommand(to),
  },
};

const program = new Command('fovea')
  .description('Fovea: self-supervised visual representation learning that knows where to look, reproduced.')
  .version('0.1.0')
  .enablePositionalOptions()
  .showHelpAfterError('(fovea --help lists every command)');

addWorkspaceCommands(program);
addCheckCommands(program);
addExperimentCommand(program);
addNotebookCommand(program);
addLabCommand(program);
for (const [name, { description, add }] of Object.entries(LATE)) {
  // `sweep-task` belongs to `sweep`.
  if (process.argv.some((word) => word === name || word === `${name}-task`)) await add(program);
  else program.command(name).description(description);
}

try {
  await program.parseAsync();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  if (process.env.FOVEA_DEBUG && error instanceof Error) console.error(error.stack);
  process.exitCode = 1;
}
