import { armOf, armsOf, recordStaleness, rememberedCode, type Experiment } from '@fovea/experiments';
import { RecordStore, type Profile, type ResultRecord } from '@fovea/results';

/** One run of a sweep. */
export interface SweepTask {
  readonly experiment: string;
  readonly profile: Profile;
  readonly arm: string;
  readonly seed: number;
}

/** Which runs a sweep has; arms and seeds default to all of the experiment's. */
export interface SweepSelection {
  readonly experiment: Experiment;
  readonly profile: Profile;
  readonly arms?: readonly string[];
  readonly seeds?: readonly number[];
}

/**
 * The runs of a sweep: every arm of a seed before the next seed, so that a sweep that is stopped leaves comparisons that are paired.
 *
 * @throws Error for an arm that the experiment lacks
 */
export function sweepTasks({ experiment, profile, arms, seeds }: SweepSelection): SweepTask[] {
  const names = arms ?? armsOf(experiment, profile);
  names.forEach((arm) => armOf(experiment, arm));
  return (seeds ?? experiment.seeds[profile]).flatMap((seed) =>
    names.map((arm) => ({ experiment: experiment.name, profile, arm, seed })),
  );
}

/**
 * Tells whether a run has a record of today's settings and code, or one that was made since a moment: a sweep's own records count even when
 * the code is edited while it runs. Sources are hashed once, and a record is judged once.
 */
export function doneCheck(
  experiment: Experiment,
  since: Date | null = null,
  store = new RecordStore(),
): (task: SweepTask) => boolean {
  const code = rememberedCode();
  const verdicts = new Map<string, boolean>();
  const holds = (record: ResultRecord): boolean => {
    const known = verdicts.get(record.id);
    if (known !== undefined) return known;
    const found =
      (since !== null && new Date(record.provenance.date) >= since) ||
      recordStaleness(experiment, record, code, store).length === 0;
    verdicts.set(record.id, found);
    return found;
  };
  return ({ experiment: name, profile, arm, seed }) =>
    store.read({ experiment: name, profile, arm }).some((record) => record.seed === seed && holds(record));
}

/** `bam/small/simclr seed 1`. */
export function taskName({ experiment, profile, arm, seed }: SweepTask): string {
  return `${experiment}/${profile}/${arm} seed ${seed}`;
}

/** Arguments of the command that does one run and leaves the report to the sweep: half-way, an arm may have seeds of two codes. */
export function taskArguments({ experiment, profile, arm, seed }: SweepTask): string[] {
  const selection = ['--profile', profile, '--arms', arm, '--seeds', String(seed)];
  return ['experiment', experiment, ...selection, '--no-report'];
}
