import type { Profile } from '@fovea/results';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { experimentNamed } from '../experiment-named.ts';

interface ExperimentFlags {
  readonly profile: Profile;
  readonly arms?: string[];
  readonly seeds?: number[];
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
    .option('--seeds <numbers>', "comma-separated; default: the profile's", parseSeeds)
    .action(async (name: string, { profile, arms, seeds }: ExperimentFlags) => {
      const { describeOutcome, report, runExperiment, writeReport } = await import('@fovea/experiments');
      const { claimsTable, toPlain } = await import('@fovea/results');
      const experiment = await experimentNamed(name);
      const outcomes = await runExperiment({
        experiment,
        profile,
        ...(arms && { arms }),
        ...(seeds && { seeds }),
      });
      for (const outcome of outcomes) console.log(describeOutcome(outcome));
      const result = report(experiment, profile);
      await writeReport(result, experiment, profile);
      console.log(`\n${toPlain(result.table)}`);
      if (result.judgements.length > 0) console.log(toPlain(claimsTable(result.judgements)));
      if (outcomes.some(({ comparison }) => comparison?.failed === true)) process.exitCode = 1;
    });
}

function parseSeeds(text: string): number[] {
  const seeds = text.split(',').map(Number);
  if (seeds.every((seed) => Number.isSafeInteger(seed) && seed >= 0)) return seeds;
  throw new InvalidArgumentError(`seeds must be non-negative integers, got "${text}".`);
}
