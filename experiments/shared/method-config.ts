import { scaledOptions, type Sizes } from '@fovea/methods';
import { experimentMethod } from './experiment-methods.ts';
import type { MethodConfig } from './run-config.ts';

type Options = Readonly<Record<string, unknown>>;

/** The network before its first step. */
export const UNTRAINED: MethodConfig = { name: 'untrained', options: {} };

/**
 * A method with every option written out: the paper's, at the sizes of a run, with what an arm changes.
 *
 * @throws Error for a name or an option that the registry does not have
 */
export function methodConfig(name: string, sizes: Sizes, changes: Options = {}): MethodConfig {
  const method = experimentMethod(name);
  const unknown = Object.keys(changes).find((option) => !Object.hasOwn(method.defaults, option));
  if (unknown !== undefined) {
    throw new Error(
      `methodConfig: ${name} has no option "${unknown}"; it has ${Object.keys(method.defaults).join(', ')}.`,
    );
  }
  const scaled = merged(method.defaults as Options, scaledOptions(method, sizes));
  return { name, options: merged(scaled, changes) };
}

/** Options with others laid over them, group by group. */
function merged(base: Options, over: Options): Options {
  const laid = Object.entries(over).map(([name, value]) => {
    const before = base[name];
    return [name, isGroup(before) && isGroup(value) ? { ...before, ...value } : value] as const;
  });
  return { ...base, ...Object.fromEntries(laid) };
}

function isGroup(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
