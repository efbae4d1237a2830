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
import { ready } from '@fovea/tensorflow';
import { progressLine, type ProgressStream } from '@fovea/train';
import { armOf, armsOf, type Experiment } from './experiment.ts';
import { isNetworkKept, keptNetwork } from './kept-networks.ts';
import { recordStaleness, rememberedCode, type CodeToday } from './record-staleness.ts';
import { runArm, type RunRequest } from './run-arm.ts';
import { loadRunData } from './run-data.ts';

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
  /** Takes the stored record of a run whose settings and code are still those of today, and its kept network for `onTrained`; default false. */
  readonly reuse?: boolean;
}

/** A run that has ended: its record, and how it stands against the one stored before. */
export interface RunOutcome {
  readonly record: ResultRecord;
  /** Null when nothing was stored for this run, and for a record that was taken as stored. */
  readonly comparison: Comparison | null;
  /** The run was not done again. */
  readonly reused: boolean;
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
  const code = rememberedCode();
  for (const seed of request.seeds ?? experiment.seeds[profile]) {
    for (const arm of arms) {
      const stored = request.reuse === true ? upToDate(request, arm, seed, store, code) : undefined;
      if (stored !== undefined) {
        if (onTrained) await showKept(stored, experiment, onTrained);
        outcomes.push({ record: stored, comparison: null, reused: true });
        continue;
      }
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
      outcomes.push({ record, comparison: replaceStored(store, experiment, record), reused: false });
    }
  }
  return outcomes;
}

/** The stored record of a run, where nothing has changed since and, if it is to be shown, its network is kept. */
function upToDate(
  { experiment, profile, onTrained }: ExperimentRequest,
  arm: string,
  seed: number,
  store: RecordStore,
  code: CodeToday,
): ResultRecord | undefined {
  return latest(store.read({ experiment: experiment.name, profile, arm })).find(
    (record) =>
      record.seed === seed &&
      (onTrained === undefined || isNetworkKept(record.id)) &&
      recordStaleness(experiment, record, code, store).length === 0,
  );
}

async function showKept(
  { id, arm, profile, seed }: ResultRecord,
  experiment: Experiment,
  onTrained: NonNullable<RunRequest['onTrained']>,
): Promise<void> {
  const config = armOf(experiment, arm).config(profile);
  await ready();
  const backbone = keptNetwork(id, config.backbone);
  try {
    await onTrained({ arm, seed, backbone, data: await loadRunData(config) });
  } finally {
    backbone.parameters.dispose();
  }
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
export function describeOutcome({ record, comparison, reused }: RunOutcome): string {
  if (reused) return `${runName(record)}  as stored`;
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
