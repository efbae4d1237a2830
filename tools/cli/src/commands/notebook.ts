import { existsSync, mkdirSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { workspaceRoot } from '@fovea/files';
import { Option, type Command } from 'commander';
import { runTool } from '../run-tool.ts';
import { venvProgram } from '../venv.ts';

/** `notebook run FOLDER`: executes a percent script headlessly and writes the notebook. */
export function addNotebookCommand(program: Command): void {
  const notebook = program.command('notebook').description('notebooks from their percent scripts');
  notebook
    .command('run')
    .argument('<folder>', 'notebook folder, such as notebooks/bam')
    .description(
      'execute NAME/NAME.ts in the kernel and write the notebook: at small beside it, which is kept in the repository',
    )
    .addOption(
      new Option('--profile <profile>', 'how large a run')
        .choices(['smoke', 'small', 'paper'])
        .default('smoke'),
    )
    .option('--kernel <name>', 'kernelspec', 'fovea')
    .option(
      '--to <file>',
      'the executed notebook; default: NAME/NAME.ipynb at small, else .fovea/notebooks/PROFILE/NAME.ipynb',
    )
    .action(async (folder: string, options: { profile: string; kernel: string; to?: string }) => {
      process.exitCode = await runNotebook(resolve(folder), options);
    });
}

/**
 * Executes the notebook of a folder; resolves with the exit code.
 *
 * @throws Error when the folder holds no percent script or the Python environment is missing
 */
async function runNotebook(
  folder: string,
  { profile, kernel, to }: { profile: string; kernel: string; to?: string },
): Promise<number> {
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
  const kept = profile === 'small' ? folder : join(root, '.fovea/notebooks', profile);
  const target = to === undefined ? join(kept, `${name}.ipynb`) : resolve(to);
  mkdirSync(dirname(target), { recursive: true });
  const code = await runTool(python, [join(root, 'tools/notebooks/execute.py'), script, target, kernel], {
    cwd: root,
    env: { ...process.env, FOVEA_PROFILE: profile, PYTHONUNBUFFERED: '1' },
  });
  if (code === 0) console.log(`executed: ${relative(process.cwd(), target)}`);
  return code;
}
