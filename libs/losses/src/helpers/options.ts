import type { Scalar } from '@fovea/tensorflow';

/**
 * A number of a loss that a schedule may move: a plain number, or a scalar tensor where a compiled step must not bake it in.
 */
export type Real = number | Scalar;

/**
 * Options with their defaults filled in.
 *
 * @throws Error when an option is not one of the function's
 */
export function resolveOptions<Options extends object>(
  where: string,
  options: object,
  defaults: Options,
): Options {
  for (const name of Object.keys(options)) {
    if (!(name in defaults)) {
      throw new Error(`${where}: unknown option '${name}'; options are ${Object.keys(defaults).join(', ')}.`);
    }
  }
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(given) } as Options;
}

/** Refuses a number that is not above 0; a scalar tensor is not read. */
export function checkPositive(where: string, name: string, value: Real): void {
  if (typeof value === 'number' && !(value > 0 && value < Infinity)) {
    throw new Error(`${where}: ${name} must be > 0 and finite, got ${value}.`);
  }
}

/** Refuses a number outside [low, high]; a scalar tensor is not read. */
export function checkRange(where: string, name: string, value: Real, low: number, high: number): void {
  if (typeof value === 'number' && !(value >= low && value <= high)) {
    throw new Error(`${where}: ${name} must lie in [${low}, ${high}], got ${value}.`);
  }
}

/** Refuses anything but a whole number in [low, high]. */
export function checkWhole(where: string, name: string, value: number, low: number, high = Infinity): void {
  if (!Number.isInteger(value) || value < low || value > high) {
    const range = high === Infinity ? `>= ${low}` : `in [${low}, ${high}]`;
    throw new Error(`${where}: ${name} must be a whole number ${range}, got ${value}.`);
  }
}
