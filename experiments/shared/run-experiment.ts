import { rmSync } from 'node:fs';
import {
  compare,
  latest,
  RecordStore,
  runName,
  type Comparison,
  type Profile,
  type ResultRecord,
} from '@fovea/results';
import { progressLine, type ProgressStream } from '@fovea/train';
import { armOf, armsOf, type Experiment } from './experiment.ts';
import { runArm, type RunRequest } from './run-arm.ts';

/** What to run and where to put it. */
export interface ExperimentRequest {
  readonly experiment: Experiment;
  readonly profile: Profile;
  /** Default: those of the profile. */
  readonly arms?: readonly string[];
  /** Default: the profile's seeds. */
  readonly seeds?: readonly number[];
  /** Default: `results/` of the workspace. */
  readonly store?: RecordStore;
  /** Where progress goes; default standard error. */
  readonly progress?: ProgressStream;
  readonly onTrained?: RunRequest['onTrained'];
}

/** A run that has ended: its record, and how it stands against the one stored before. */
export interface RunOutcome {
  readonly record: ResultRecord;
  /** Null when nothing was stored for this run. */
  readonly comparison: Comparison | null;
}

/**
 * Runs arms with seeds, one after the other, and stores each record as soon as it exists.
 *
 * A record takes the place of the one stored for the same experiment, profile, arm and seed, unless a gated metric regressed: then the
 * stored one stays, so that the check keeps failing until the cause is mended or the old record is deleted on purpose.
 */
export async function runExperiment(request: ExperimentRequest): Promise<RunOutcome[]> {
  const { experiment, profile, store = new RecordStore(), progress = process.stderr, onTrained } = request;
  const arms = request.arms ?? armsOf(experiment, profile);
  const outcomes: RunOutcome[] = [];
  for (const seed of request.seeds ?? experiment.seeds[profile]) {
    for (const arm of arms) {
      const { epochs } = armOf(experiment, arm).config(profile).training;
      const onStep = progressLine(`${experiment.name}/${arm} seed ${seed}`, epochs, progress);
      const record = await runArm({
        experiment,
        arm,
        profile,
        seed,
        onStep,
        ...(onTrained && { onTrained }),
      });
      outcomes.push({ record, comparison: replaceStored(store, experiment, record) });
    }
  }
  return outcomes;
}

/** Stores a record in the place of its predecessor; returns how it compares. */
function replaceStored(store: RecordStore, experiment: Experiment, record: ResultRecord): Comparison | null {
  const stored = store
    .read({ experiment: record.experiment, profile: record.profile, arm: record.arm })
    .filter(({ seed }) => seed === record.seed);
  const [baseline] = latest(stored);
  const comparison = stored.length > 0 ? compare(record, baseline, experiment.gates) : null;
  if (comparison?.failed === true) return comparison;
  store.write(record);
  for (const old of stored) {
    if (old.id !== record.id) rmSync(store.pathOf(old), { force: true });
  }
  return comparison;
}

/** One line an outcome: `bam/smoke/simclr seed 0  pass`, with every gated metric that moved too far. */
export function describeOutcome({ record, comparison }: RunOutcome): string {
  if (comparison === null) return `${runName(record)}  new`;
  const moved = comparison.metrics
    .filter(({ state, gated }) => gated && state !== 'pass')
    .map(({ metric, state, ours, baseline, allowed, reason }) =>
      state === 'incomparable'
        ? `${metric}: ${reason}`
        : `${metric}: ${state}, ${baseline} -> ${ours} (allowed ${allowed})`,
    );
  return [`${runName(record)}  ${comparison.state}`, ...moved].join('\n    ');
}
