import { join } from 'node:path';
import { workspaceRoot } from '@fovea/files';
import type { Command } from 'commander';
import { runTool } from '../run-tool.ts';

/** `setup`, `doctor`, `test`, `reproduce`, `lab`, `golden`: what people type first. */
export function addWorkspaceCommands(program: Command): void {
  const root = workspaceRoot();

  program
    .command('setup')
    .description('make this machine ready; a second call costs under two seconds')
    .action(() => finish(runTool(process.execPath, [join(root, 'tools/setup/setup.mjs')], { cwd: root })));

  program
    .command('doctor')
    .description('print the state of everything that set-up makes, and what to do where something is broken')
    .option('--json', 'for machines')
    .action(({ json }: { json?: boolean }) =>
      finish(
        runTool(process.execPath, [join(root, 'tools/setup/doctor.mjs'), ...(json ? ['--json'] : [])], {
          cwd: root,
        }),
      ),
    );

  program
    .command('golden')
    .argument('<directory>', 'folder of golden files, one a function')
    .description('compare exported functions with golden vectors: outputs and gradients')
    .option('--skip-unknown', 'count functions without an adapter as skipped, not failed')
    .action(async (directory: string, { skipUnknown = false }: { skipUnknown?: boolean }) => {
      const { runGolden } = await import('../golden/index.ts');
      const { failed } = await runGolden(directory, { skipUnknown });
      process.exitCode = failed > 0 ? 1 : 0;
    });
}

async function finish(code: Promise<number>): Promise<void> {
  process.exitCode = await code;
}
