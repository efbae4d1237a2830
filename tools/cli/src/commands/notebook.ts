import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { workspaceRoot } from '@fovea/files';
import { Option, type Command } from 'commander';
import { runTool } from '../run-tool.ts';
import { venvProgram } from '../venv.ts';

/** `notebook run FOLDER`: executes a percent script headlessly and writes the notebook beside it. */
export function addNotebookCommand(program: Command): void {
  const notebook = program.command('notebook').description('notebooks from their percent scripts');
  notebook
    .command('run')
    .argument('<folder>', 'notebook folder, such as notebooks/bam')
    .description('execute NAME/NAME.ts in the kernel and write NAME/NAME.ipynb')
    .addOption(
      new Option('--profile <profile>', 'how large a run')
        .choices(['smoke', 'small', 'paper'])
        .default('smoke'),
    )
    .option('--kernel <name>', 'kernelspec', 'fovea')
    .action(async (folder: string, { profile, kernel }: { profile: string; kernel: string }) => {
      process.exitCode = await runNotebook(resolve(folder), profile, kernel);
    });
}

/**
 * Executes the notebook of a folder; resolves with the exit code.
 *
 * @throws Error when the folder holds no percent script or the Python environment is missing
 */
export async function runNotebook(folder: string, profile: string, kernel: string): Promise<number> {
  const root = workspaceRoot();
  const name = basename(folder);
  const script = join(folder, `${name}.ts`);
  if (!existsSync(script))
    throw new Error(`notebook run: there is no ${script}; name the folder of a notebook.`);
  const python = venvProgram(root, 'python');
  if (kernel === 'fovea') {
    // Written at every run: it names the Node that runs now and this checkout's kernel.
    const { installKernelSpec } = await import('@fovea/kernel');
    installKernelSpec({ prefix: join(root, '.fovea/venv') });
  }
  return runTool(
    python,
    [join(root, 'tools/notebooks/execute.py'), script, join(folder, `${name}.ipynb`), kernel],
    { cwd: root, env: { ...process.env, FOVEA_PROFILE: profile, PYTHONUNBUFFERED: '1' } },
  );
}
