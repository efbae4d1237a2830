/**
 * Refuses options that a function does not have: one that is misspelt would otherwise be ignored.
 *
 * @throws Error naming the option and those there are
 */
export function checkOptions(where: string, options: object, known: readonly string[]): void {
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new Error(`${where}: unknown option '${unknown}'; options are ${known.join(', ')}.`);
  }
}
