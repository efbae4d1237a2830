/** @throws RangeError for an option that the function does not have */
export function checkOptionNames(where: string, options: object, names: readonly string[]): void {
  const unknown = Object.keys(options).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new RangeError(`${where}: unknown option '${unknown}'; options are ${names.join(', ')}.`);
  }
}
