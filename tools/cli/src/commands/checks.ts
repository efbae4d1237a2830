import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { workspaceRoot } from '@fovea/files';
import type { Profile } from '@fovea/results';
import { Option, type Command } from 'commander';
import { countTests } from '../count-tests.ts';
import { runTool } from '../run-tool.ts';

const GATES = ['typecheck', 'lint', 'format', 'unused', 'setup-test', 'tools-test', 'test'];

/** `test` and `reproduce`: the two commands behind `npm test` and `npm run reproduce`. */
export function addCheckCommands(program: Command): void {
  const root = workspaceRoot();

  program
    .command('test')
    .description(
      'everything that CI checks: types, lint, format, unused code and all tests, as cached Nx targets',
    )
    .option('--no-cache', 'run everything again')
    .option('--no-matrix', 'test the running Node alone')
    .action(async ({ cache, matrix }: { cache: boolean; matrix: boolean }) => {
      const reports = join(root, '.fovea/reports');
      rmSync(reports, { recursive: true, force: true });
      const gates = await nx(root, ['run-many', '-t', ...GATES, ...(cache ? [] : ['--skip-nx-cache'])]);
      const versions = matrix
        ? await runTool(process.execPath, [join(root, 'tools/node-matrix/node-matrix.mjs')], { cwd: root })
        : 0;
      const { passed, failed, skipped } = countTests(reports);
      console.log(gates === 0 ? '\nevery gate passed' : '\na gate failed; its output is above');
      console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
      process.exitCode = gates !== 0 || versions !== 0 || failed > 0 || passed === 0 ? 1 : 0;
    });

  program
    .command('reproduce')
    .description('run every notebook headlessly, write its records and print its table')
    .addOption(
      new Option('--profile <profile>', 'how large a run')
        .choices(['smoke', 'small', 'paper'])
        .default('smoke'),
    )
    .option('--no-cache', 'run again what has not changed')
    .action(async ({ profile, cache }: { profile: Profile; cache: boolean }) => {
      const options = [
        'run-many',
        '-t',
        profile === 'smoke' ? 'reproduce' : `reproduce-${profile}`,
        '--parallel',
        '1',
        '--output-style',
        'stream-without-prefixes',
      ];
      process.exitCode = await nx(root, [...options, ...(cache ? [] : ['--skip-nx-cache'])]);
      console.log(await tables(profile));
    });
}

/** The table of every experiment that has records at a profile. */
async function tables(profile: Profile): Promise<string> {
  const { experiments, report } = await import('@fovea/experiments');
  const { claimsTable, RecordStore, toPlain } = await import('@fovea/results');
  const store = new RecordStore();
  return Object.values(experiments)
    .filter(({ name }) => store.read({ experiment: name, profile }).length > 0)
    .map((experiment) => {
      const { table, judgements } = report(experiment, profile);
      const verdicts = judgements.length > 0 ? `\n${toPlain(claimsTable(judgements))}` : '';
      return `\n${experiment.title} (profile ${profile})\n\n${toPlain(table)}${verdicts}`;
    })
    .join('\n');
}

function nx(root: string, args: readonly string[]): Promise<number> {
  const env = { ...process.env, NX_DAEMON: 'false', NX_TUI: 'false' };
  return runTool(process.execPath, [join(root, 'node_modules/nx/dist/bin/nx.js'), ...args], {
    cwd: root,
    env,
  });
}
