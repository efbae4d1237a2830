import type { Profile } from '@fovea/results';
import { Option, type Command } from 'commander';
import { experimentNamed } from '../experiment-named.ts';
import { parseSeeds } from '../parse-seeds.ts';

interface ExperimentFlags {
  readonly profile: Profile;
  readonly arms?: string[];
  readonly seeds?: number[];
  readonly data: string[];
  readonly dryRun: boolean;
  readonly recipe: boolean;
  readonly report: boolean;
}

/** `experiment NAME`: runs arms and seeds of an experiment and stores their records. */
export function addExperimentCommand(program: Command): void {
  program
    .command('experiment')
    .argument('<name>', 'experiment, such as bam')
    .description('run arms of an experiment and store their records')
    .addOption(
      new Option('--profile <profile>', 'how large a run')
        .choices(['smoke', 'small', 'paper'])
        .default('smoke'),
    )
    .option('--arms <names>', 'comma-separated; default: all', (text) => text.split(','))
    .option('--seeds <numbers>', "such as 0-4 or 0,2; default: the profile's", parseSeeds)
    .option(
      '--data <set=path>',
      'a folder of yours: imagenet=PATH, coco=PATH, voc=PATH for profile paper, imagenette=PATH for its arms; repeatable',
      (text: string, before: string[]) => [...before, text],
      [],
    )
    .option(
      '--dry-run',
      'of profile paper: schedules, networks and one step of every arm, without its data',
      false,
    )
    .option('--recipe', 'with --dry-run: where every setting comes from', false)
    .option('--no-report', 'store the records alone, without tables and charts of all that are stored')
    .action(async (name: string, flags: ExperimentFlags) => {
      const { profile, arms, seeds } = flags;
      if (flags.dryRun) {
        await dry(name, flags);
        return;
      }
      const { nameUserFolder } = await import('@fovea/experiments');
      flags.data.forEach(nameUserFolder);
      const { describeOutcome, runExperiment } = await import('@fovea/experiments');
      const experiment = await experimentNamed(name);
      const outcomes = await runExperiment({
        experiment,
        profile,
        ...(arms && { arms }),
        ...(seeds && { seeds }),
      });
      for (const outcome of outcomes) console.log(describeOutcome(outcome));
      if (flags.report) {
        const { showReport } = await import('../show-report.ts');
        await showReport(experiment, profile);
      }
      if (outcomes.some(({ comparison }) => comparison?.failed === true)) process.exitCode = 1;
    });
}

/** Prints a line an arm; an arm that fails ends the run with its reason. */
async function dry(name: string, { profile, arms, recipe }: ExperimentFlags): Promise<void> {
  if (profile !== 'paper') throw new Error('--dry-run is for --profile paper: the other profiles just run.');
  const { describeDryRun, describeSources, dryRun } = await import('@fovea/experiments');
  const experiment = await experimentNamed(name);
  for await (const found of dryRun({ experiment, ...(arms && { arms }) })) {
    console.log(describeDryRun(found));
    if (recipe) console.log(describeSources(found));
  }
}
