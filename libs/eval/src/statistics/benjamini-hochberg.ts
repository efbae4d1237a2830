/**
 * Benjamini-Hochberg adjusted p-values: control of the false discovery rate over several tests.
 *
 * `adjusted_(i) = min over j >= i of p_(j) m / j`, in the order given.
 *
 * @param pValues - in [0, 1]
 * @throws Error for an empty list or a value out of range
 * @see Benjamini and Hochberg 1995; SciPy stats.false_discovery_control
 *
 * @example
 * benjaminiHochberg([0.01, 0.04, 0.03]); // [0.03, 0.04, 0.04]
 */
export function benjaminiHochberg(pValues: readonly number[]): Float64Array {
  if (pValues.length === 0) throw new Error('benjaminiHochberg: there is no p-value.');
  pValues.forEach((p, at) => {
    if (!(p >= 0 && p <= 1))
      throw new Error(`benjaminiHochberg: p-value ${at} is ${p}; it must lie in [0, 1].`);
  });
  const m = pValues.length;
  const falling = [...pValues.keys()].sort((a, b) => pValues[b] - pValues[a]);
  const adjusted = new Float64Array(m);
  let least = 1;
  falling.forEach((at, place) => {
    least = Math.min(least, (pValues[at] * m) / (m - place));
    adjusted[at] = least;
  });
  return adjusted;
}
