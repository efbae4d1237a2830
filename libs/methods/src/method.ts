import type { CopyPasteRecipe } from '@fovea/augment';
import type { Key } from '@fovea/random';
import type { BackboneOptions } from './encoder.ts';
import type { BatchExtra, Learner } from './learner.ts';

/** `RECON`: an equation that the paper's readable sources do not give. `MEM`: constants from general knowledge, not checked in a source. */
export type MethodTag = 'RECON' | 'MEM';

/** What is known of a method without making its learner. */
export interface MethodFacts {
  /** Its name in the registry, `moco-v2`. */
  readonly name: string;
  readonly title: string;
  readonly paper: string;
  /** Its loss in one line. */
  readonly equation: string;
  /** Paper equation, code. */
  readonly source: string;
  /** Names of its views in `RECIPES` of @fovea/augment: the paper's first, then those for 32-pixel images. */
  readonly recipes: readonly string[];
  /** Global views that it reads; further ones, of any resolution, are local. */
  readonly globalViews: number;
  readonly localViews: 'none' | 'possible' | 'needed';
  /** What it reads of a batch beside the views. */
  readonly needs: readonly BatchExtra[];
  /** What a checkpoint holds beside backbone and heads. */
  readonly state: string;
  readonly tags: readonly MethodTag[];
  /** What exactly the tags stand for; null without tags. */
  readonly reconstruction: string | null;
  /** How foregrounds are pasted in its views, where they are (DiLo). */
  readonly paste?: CopyPasteRecipe;
  /** File of its learner below libs/methods/src. */
  readonly file: string;
}

/** Options as a caller gives them: a backbone, and whatever differs from the defaults; of a head or another group, single settings. */
export type Given<Options extends { backbone: BackboneOptions }> = {
  readonly backbone: BackboneOptions;
} & { readonly [Name in Exclude<keyof Options, 'backbone'>]?: PartialGroup<Options[Name]> };

type PartialGroup<Value> = Value extends readonly unknown[]
  ? Value
  : Value extends object
    ? Partial<Value>
    : Value;

/** A method: what is known of it, its default options (the paper's), and how its learner is made. */
export interface Method<Options extends { backbone: BackboneOptions }> extends MethodFacts {
  readonly defaults: Omit<Options, 'backbone'>;
  /** @throws Error for an option that the method does not have */
  make(options: Given<Options>, key: Key): Learner;
}

/** A method whose options are known at run time only. */
export interface AnyMethod extends MethodFacts {
  readonly defaults: object;
  make(options: { readonly backbone: BackboneOptions }, key: Key): Learner;
}

/**
 * A method from its facts, its defaults and the function that makes its learner of complete options.
 *
 * @example
 * const SIMCLR = method({ name: 'simclr', …, defaults: { projector, temperature: 0.1 }, build: simClr });
 * SIMCLR.make({ backbone, projector: { outputs: 64 } }, key(0));
 */
export function method<Options extends { backbone: BackboneOptions }>(
  description: MethodFacts & {
    readonly defaults: Omit<Options, 'backbone'>;
    build(options: Options, key: Key): Learner;
  },
): Method<Options> {
  const { build, ...facts } = description;
  return {
    ...facts,
    make: (options, key) => build(completed(facts.name, options, facts.defaults) as Options, key),
  };
}

/** Options with defaults filled in, group by group. */
function completed(where: string, given: object, defaults: object): object {
  const { backbone, ...own } = given as { backbone?: BackboneOptions };
  if (backbone === undefined) throw new Error(`${where}: options must hold a backbone.`);
  return { backbone, ...merged(where, own, defaults) };
}

function merged(where: string, given: object, defaults: object): object {
  const known = Object.entries(defaults) as [string, unknown][];
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(defaults, name)) {
      const names = known.map(([own]) => own).join(', ');
      throw new Error(`${where}: unknown option '${name}'; options are ${names}.`);
    }
  }
  return Object.fromEntries(
    known.map(([name, value]) => {
      const own = (given as Record<string, unknown>)[name];
      if (own === undefined) return [name, value];
      return [name, isGroup(own) && isGroup(value) ? { ...value, ...own } : own];
    }),
  );
}

function isGroup(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
