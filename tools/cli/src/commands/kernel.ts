import { spawnSync } from 'node:child_process';
import { Option, type Command } from 'commander';
import { installKernelSpec, kernelSpec } from '@fovea/kernel';

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
