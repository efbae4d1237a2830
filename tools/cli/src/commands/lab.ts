import { join } from 'node:path';
import { workspaceRoot } from '@fovea/files';
import type { Command } from 'commander';
import { runTool } from '../run-tool.ts';
import { venvProgram } from '../venv.ts';

/** `lab`: JupyterLab with the kernel, opened at the notebooks. */
export function addLabCommand(program: Command): void {
  program
    .command('lab')
    .description('open JupyterLab with the kernel')
    .allowUnknownOption()
    .argument('[arguments...]', 'passed on to jupyter lab')
    .action(async (args: string[]) => {
      const root = workspaceRoot();
      const { installKernelSpec } = await import('@fovea/kernel');
      installKernelSpec({ prefix: join(root, '.fovea/venv') });
      const jupyter = venvProgram(root, 'jupyter');
      process.exitCode = await runTool(jupyter, ['lab', 'notebooks/bam/bam.ipynb', ...args], { cwd: root });
    });
}
