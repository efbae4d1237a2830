import type { Key } from '@fovea/random';
import { checkOptions } from '../protocol/check-options.ts';
import type { HoldOut } from '../splits/hold-out.ts';
import { linearPresets, type LinearPreset, type LinearRecipe } from './linear-presets.ts';
import { CONTROL, type RunControl } from '../protocol/run-control.ts';

export interface LinearOptions extends RunControl {
  readonly preset: LinearPreset;
  /** Head initialisation, batch order and the held-out rows. */
  readonly key: Key;
  /** Learning rates to choose among on held-out train rows; without it the preset's own is used as it stands. */
  readonly lrs?: readonly number[];
  /** Held-out fraction of each class of train for the choice, or the rows of a validation list; needed with `lrs` and only then. */
  readonly holdOut?: HoldOut;
  /** Replaces the preset's epochs; the name of the metric says so. */
  readonly epochs?: number;
  /** Replaces the preset's batch; the name of the metric says so. The learning rate is not rescaled. */
  readonly batch?: number;
}

/** Refuses options that do not fit together, and returns the recipe they make. */
export function checkLinearOptions(
  options: LinearOptions,
  where: string,
  further: readonly string[] = [],
): LinearRecipe {
  const known = ['preset', 'key', 'lrs', 'holdOut', 'epochs', 'batch', ...CONTROL, ...further];
  checkOptions(options, known, where);
  const { preset, lrs, epochs, batch } = options;
  if (!Object.hasOwn(linearPresets, preset)) {
    throw new Error(
      `${where}: unknown preset ${preset}; known are ${Object.keys(linearPresets).join(', ')}.`,
    );
  }
  if ((lrs === undefined) !== (options.holdOut === undefined)) {
    throw new Error(
      `${where}: lrs and holdOut go together: a learning rate is only ever chosen on held-out train rows.`,
    );
  }
  for (const [name, count] of Object.entries({ epochs, batch })) {
    if (count !== undefined && !(Number.isInteger(count) && count >= 1)) {
      throw new Error(`${where}: ${name} must be an integer >= 1, got ${count}.`);
    }
  }
  return {
    ...linearPresets[preset],
    ...(epochs === undefined ? {} : { epochs }),
    ...(batch === undefined ? {} : { batch }),
  };
}

/** `linear.<how>.<preset>[.e<epochs>][.b<batch>][.lr-sweep]` */
export function linearName(how: string, { preset, epochs, batch, lrs }: LinearOptions): string {
  return [
    `linear.${how}.${preset}`,
    ...(epochs === undefined ? [] : [`e${epochs}`]),
    ...(batch === undefined ? [] : [`b${batch}`]),
    ...(lrs === undefined ? [] : ['lr-sweep']),
  ].join('.');
}
