import type { Claim, Gates, Profile } from '@fovea/results';
import type { Sources } from './published-recipe.ts';
import type { RunConfig } from './run-config.ts';

/** Name of the metric that holds the loss of a run's first step. */
export const FIRST_LOSS = 'train.loss.step1';

/** Name of the metric that holds the loss of the first step whose crops the network's own maps place or weigh. */
export const GUIDED_LOSS = 'train.loss.guided';

/**
 * Other processors round differently by about 1e-6 of the loss; a halved temperature or a lost mask moves it by more than a thousandth. What the
 * guidance does to the loss of its first step is smaller, and so is the gate.
 */
export const LOSS_GATES: Gates = {
  [FIRST_LOSS]: { abs: 0, rel: 2e-4, gate: true },
  [GUIDED_LOSS]: { abs: 0, rel: 1e-4, gate: true },
};

/** One row of a paper's table: a method with its settings. */
export interface Arm {
  /** Text of the row. */
  readonly title: string;
  /** `RECON` where an equation is a reconstruction. */
  readonly tags: readonly string[];
  /** Profiles that run the arm unless it is asked for by name; default: all. */
  readonly profiles?: readonly Profile[];
  /** What else than method, saliency and guidance an arm changes against the others of its experiment at `smoke` and `small`; default: nothing. */
  readonly differs?: readonly ('views' | 'backbone' | 'training' | 'data' | 'evaluation')[];
  /** Where the settings of its `paper` profile come from. */
  readonly sources?: Sources;
  /** The arm's settings at a profile. */
  config(profile: Profile): RunConfig;
}

/** What one kind of change does to an arm. */
export interface Ablation {
  readonly title: string;
  /** The arm that is changed, then arms of which each changes one thing of it. */
  readonly arms: readonly [base: string, ...variants: string[]];
}

/** A paper's experiment: arms that are compared at equal budget. */
export interface Experiment {
  /** Folder below `experiments/` and `results/`. */
  readonly name: string;
  readonly title: string;
  readonly paper: string;
  readonly arms: Readonly<Record<string, Arm>>;
  /** Seeds that a profile runs. */
  readonly seeds: Readonly<Record<Profile, readonly number[]>>;
  /** Sentences of the paper as tests over records. */
  readonly claims: readonly Claim[];
  /** Arms beyond the comparison of the paper, in tables and a chart of their own. */
  readonly ablations: readonly Ablation[];
  /** Metrics that the table shows, in its order, where a profile measures them; the first is an accuracy, which is charted. */
  readonly metrics: readonly string[];
  /** How far a metric may fall behind the stored record before a check fails. */
  readonly gates: Gates;
}

/** Names of the arms that a profile runs. */
export function armsOf({ arms }: Experiment, profile: Profile): string[] {
  return Object.keys(arms).filter((name) => arms[name].profiles?.includes(profile) ?? true);
}

/**
 * An experiment's arm by name.
 *
 * @throws Error listing the arms when there is none of that name
 */
export function armOf(experiment: Experiment, name: string): Arm {
  if (Object.hasOwn(experiment.arms, name)) return experiment.arms[name];
  throw new Error(
    `experiment ${experiment.name} has no arm "${name}"; it has ${Object.keys(experiment.arms).join(', ')}.`,
  );
}
