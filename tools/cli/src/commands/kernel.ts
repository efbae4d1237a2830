import { spawnSync } from 'node:child_process';
import { Option, type Command } from 'commander';
import { readFileSync } from 'node:fs';
import { writeFileAtomic } from '@fovea/files';
import { installKernelSpec, kernelSpec, notebookReport, type NotebookReport } from '@fovea/kernel';

interface InstallOptions {
  readonly sysPrefix?: boolean;
  readonly user?: boolean;
  readonly prefix?: string;
}

/** `kernel install | run`. */
export function addKernelCommand(program: Command): void {
  const kernel = program.command('kernel').description('the TypeScript kernel for Jupyter');
  kernel
    .command('install')
    .description('make Jupyter know the kernel under the name fovea')
    .addOption(
      new Option('--user', "in the user's own Jupyter folder (default)").conflicts(['sysPrefix', 'prefix']),
    )
    .addOption(new Option('--sys-prefix', 'in the Python environment in use').conflicts(['user', 'prefix']))
    .addOption(new Option('--prefix <folder>', 'in this Python environment').conflicts(['user', 'sysPrefix']))
    .action((options: InstallOptions) => {
      const prefix = options.sysPrefix ? pythonPrefix() : options.prefix;
      const folder = installKernelSpec(prefix === undefined ? { user: true } : { prefix });
      process.stdout.write(`Installed kernelspec fovea in ${folder}\n`);
    });
  kernel
    .command('run <connection-file>')
    .description('start the kernel for a Jupyter client')
    .action((connectionFile: string) => {
      const [node = process.execPath, launcher = ''] = kernelSpec().argv;
      const { status } = spawnSync(node, [launcher, connectionFile], { stdio: 'inherit' });
      process.exitCode = status ?? 1;
    });
  kernel
    .command('report <notebook>')
    .description(
      'tell which cells of an .ipynb file ran out of order or are stale; exits with 1 where some are',
    )
    .option('--write', "keep the report in the notebook's metadata, as fovea.cells")
    .action((path: string, { write }: { write?: boolean }) => {
      process.exitCode = reportNotebook(path, write === true);
    });
}

interface Notebook {
  readonly cells: readonly {
    readonly cell_type: string;
    readonly source: string | readonly string[];
    readonly execution_count?: number | null;
  }[];
  metadata: { fovea?: Record<string, unknown> };
}

/** Prints the report of a notebook, keeps it where asked, and returns the exit status. */
function reportNotebook(path: string, write: boolean): number {
  const notebook = JSON.parse(readFileSync(path, 'utf8')) as Notebook;
  const cells = notebook.cells
    .filter(({ cell_type: type }) => type === 'code')
    .map(({ source, execution_count: count = null }) => ({
      source: typeof source === 'string' ? source : source.join(''),
      executionCount: count,
    }));
  const report = notebookReport(cells);
  const lines = describe(report);
  process.stdout.write(`${lines.join('\n') || 'Every cell ran, from top to bottom.'}\n`);
  if (write) {
    notebook.metadata.fovea = { ...notebook.metadata.fovea, cells: report };
    writeFileAtomic(path, `${JSON.stringify(notebook, null, 1)}\n`);
  }
  return lines.length === 0 ? 0 : 1;
}

function describe({ unexecuted, outOfOrder, stale, unreadable }: NotebookReport): string[] {
  const cell = (index: number): string => `Code cell ${index + 1}`;
  return [
    ...unreadable.map((index) => `${cell(index)} has no readable TypeScript.`),
    ...unexecuted.map((index) => `${cell(index)} has not run.`),
    ...outOfOrder.map((index) => `${cell(index)} ran before a cell above it.`),
    ...stale.map(
      ({ cell: index, name, by }) =>
        `${cell(index)} used ${name}, which code cell ${by + 1} has declared anew since.`,
    ),
  ];
}

/** Prefix of the Python that `python3` (or VIRTUAL_ENV) means here. */
function pythonPrefix(): string {
  const { VIRTUAL_ENV } = process.env;
  if (VIRTUAL_ENV) return VIRTUAL_ENV;
  const { stdout, status } = spawnSync('python3', ['-c', 'import sys; print(sys.prefix)'], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error('kernel install: --sys-prefix needs python3 on the PATH.');
  return stdout.trim();
}
