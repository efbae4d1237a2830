/**
 * The options given, with defaults for those that are not.
 *
 * @throws Error naming an option that does not exist, and those that do
 */
export function withDefaults<T extends object>(given: Partial<T> | undefined, defaults: T, where: string): T {
  const merged = { ...defaults };
  for (const [name, value] of Object.entries(given ?? {})) {
    if (!(name in defaults)) {
      throw new Error(
        `${where}: no option ${name}; there are ${Object.keys(defaults).join(', ') || 'none'}.`,
      );
    }
    if (value !== undefined) merged[name as keyof T] = value as T[keyof T];
  }
  return merged;
}

/**
 * Refuses a number outside a range.
 *
 * @throws Error with the range and the number
 */
export function checkRange(value: number, low: number, high: number, where: string): void {
  if (!(value >= low && value <= high))
    throw new Error(`${where} must lie in [${low}, ${high}], got ${value}.`);
}
