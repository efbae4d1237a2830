/**
 * Refuses a sample with fewer values than needed or with one that is not finite.
 *
 * @throws Error naming the first bad position
 */
export function checkSample(values: ArrayLike<number>, least: number, where: string): void {
  if (values.length < least) {
    throw new Error(`${where}: needs at least ${least} values, got ${values.length}; run more seeds.`);
  }
  for (let at = 0; at < values.length; at++) {
    if (!Number.isFinite(values[at])) throw new Error(`${where}: value ${at} is ${values[at]}.`);
  }
}

/** As `checkSample` for two samples that belong together pair by pair. */
export function checkPairs(a: ArrayLike<number>, b: ArrayLike<number>, least: number, where: string): void {
  checkSample(a, least, `${where}: a`);
  checkSample(b, least, `${where}: b`);
  if (a.length !== b.length) {
    throw new Error(
      `${where}: a has ${a.length} values and b has ${b.length}; pair them, one of each a seed.`,
    );
  }
}
