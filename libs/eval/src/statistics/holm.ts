/**
 * Holm's step-down adjustment of p-values for multiple comparisons.
 *
 * `adjusted[(i)] = max over j <= i of min(1, (m - j + 1) p(j))` over the sorted p-values; reject where adjusted <= alpha.
 *
 * @param pValues - each in [0, 1]
 * @returns adjusted p-values in the order given
 *
 * @example
 * holm([0.01, 0.04, 0.03]); // [0.03, 0.06, 0.06]
 */
export function holm(pValues: readonly number[]): number[] {
  pValues.forEach((p, at) => {
    if (!(p >= 0 && p <= 1)) throw new Error(`holm: p-value ${at} is ${p}; p-values lie in [0, 1].`);
  });
  const order = pValues.map((_, at) => at).sort((i, j) => pValues[i] - pValues[j]);
  const adjusted = pValues.map(() => 0);
  let running = 0;
  order.forEach((at, place) => {
    running = Math.max(running, Math.min(1, (pValues.length - place) * pValues[at]));
    adjusted[at] = running;
  });
  return adjusted;
}
