import type { Profile } from '@fovea/results';
import type { Arm } from './experiment.ts';
import {
  publishedRun,
  publishedStart,
  sourcesOf,
  type PublishedChanges,
  type PublishedRecipe,
} from './published-recipe.ts';
import type { RunConfig } from './run-config.ts';
import type { SmallProfile } from './scales.ts';

/** Arms of the ablations: run by `--arms` alone. */
export const ASKED = { profiles: [] } as const satisfies Partial<Arm>;

/** Arms that `smoke` has no time for. */
export const LATER = { profiles: ['small', 'paper'] } as const satisfies Partial<Arm>;

/**
 * An arm: our own settings at `smoke` and `small`, a published recipe at `paper`.
 *
 * @param small - the settings at a profile of ours
 * @param published - the recipe, and what the arm changes of it
 */
export function arm(
  title: string,
  small: (profile: SmallProfile) => RunConfig,
  published: PublishedRecipe,
  changes: PublishedChanges = {},
  rest: Partial<Arm> = {},
): Arm {
  return {
    title,
    tags: [],
    sources: sourcesOf(published, changes),
    config: (profile: Profile) => (profile === 'paper' ? publishedRun(published, changes) : small(profile)),
    ...rest,
  };
}

/** The untrained network, evaluated as the others are. */
export function untrainedArm(
  small: (profile: SmallProfile) => RunConfig,
  published: PublishedRecipe,
  changes: PublishedChanges = {},
): Arm {
  const untrained = (profile: Profile): RunConfig =>
    profile === 'paper'
      ? publishedStart(published, changes)
      : { ...small(profile), method: { name: 'untrained', options: {} } };
  return { title: 'untrained network', tags: [], sources: published.sources, config: untrained };
}

/** An arm of which more is measured, on request: at `paper`, where everything is measured, it is the same arm. */
export function measured(base: Arm, what: string, added: Partial<RunConfig['evaluation']>): Arm {
  return {
    ...base,
    ...ASKED,
    title: `${base.title}: ${what}`,
    differs: [...(base.differs ?? []), 'evaluation'],
    config: (profile) => {
      const config = base.config(profile);
      return profile === 'paper' ? config : { ...config, evaluation: { ...config.evaluation, ...added } };
    },
  };
}

/** Some arms under new names, measured by fine-tuning all weights on 1 % and on 10 % of the labels. */
export function fineTuned<Name extends string>(
  arms: Readonly<Record<Name, Arm>>,
): Record<`${Name}-fine-tuned`, Arm> {
  const entries = Object.entries<Arm>(arms).map(([name, base]) => [
    `${name}-fine-tuned`,
    measured(base, 'fine-tuned', { fineTuning: FINE_TUNING }),
  ]);
  return Object.fromEntries(entries) as Record<`${Name}-fine-tuned`, Arm>;
}

/** SwAV's rates, half of its epochs. */
const FINE_TUNING: RunConfig['evaluation']['fineTuning'] = { preset: 'swav', epochs: 10, percent: [1, 10] };
