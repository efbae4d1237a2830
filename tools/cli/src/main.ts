import { Command } from 'commander';
import { addCheckCommands } from './commands/checks.ts';
import { addExperimentCommand } from './commands/experiment.ts';
import { addLabCommand } from './commands/lab.ts';
import { addNotebookCommand } from './commands/notebook.ts';
import { addWorkspaceCommands } from './commands/workspace.ts';

const program = new Command('fovea')
  .description('Fovea: self-supervised visual representation learning that knows where to look, reproduced.')
  .version('0.1.0')
  .showHelpAfterError('(fovea --help lists every command)');

addWorkspaceCommands(program);
addCheckCommands(program);
addExperimentCommand(program);
addNotebookCommand(program);
addLabCommand(program);

try {
  await program.parseAsync();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  if (process.env.FOVEA_DEBUG && error instanceof Error) console.error(error.stack);
  process.exitCode = 1;
}
