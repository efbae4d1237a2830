/**
 * Refuses option keys that nobody reads, so that a misspelt option never passes for its default.
 *
 * @throws Error naming the unknown key and the known ones
 */
export function checkOptions(options: object, known: readonly string[], where: string): void {
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) {
      throw new Error(`${where}: unknown option ${name}; known options are ${known.join(', ')}.`);
    }
  }
}
