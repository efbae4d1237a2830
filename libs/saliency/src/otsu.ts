/** The level that splits a histogram best. */
export interface Otsu {
  /** First level of the largest between-class variance; foreground is what lies above it. */
  readonly threshold: number;
  /** Mean of all levels of that variance: they differ where the best split lies in a gap. */
  readonly middle: number;
}

/**
 * Otsu's threshold: the level t that maximises the between-class variance w0 w1 (mu0 - mu1)^2 of {<= t} and {> t}.
 *
 * @param levels - integers 0..255, such as the bytes of a grey image
 * @returns the threshold; for a constant image its one level, so that nothing is foreground
 * @throws Error when there are no levels
 * @see Otsu 1979; checked against scikit-image's threshold_otsu
 *
 * @example
 * otsu(new Uint8Array([10, 12, 200, 210])).threshold; // 12
 */
export function otsu(levels: Uint8Array | Uint8ClampedArray): Otsu {
  if (levels.length === 0) throw new Error('otsu: levels must hold at least one level, got none.');
  const histogram = new Float64Array(256);
  for (const level of levels) histogram[level]++;
  let total = 0;
  for (let level = 0; level < 256; level++) total += level * histogram[level];
  const n = levels.length;
  let best = 0;
  let ties: number[] = [];
  for (let level = 0, below = 0, sum = 0; level < 255; level++) {
    below += histogram[level];
    sum += level * histogram[level];
    if (below === 0 || below === n) continue;
    const gap = sum / below - (total - sum) / (n - below);
    const variance = (below / n) * ((n - below) / n) * gap * gap;
    if (variance > best) {
      best = variance;
      ties = [level];
    } else if (variance === best) ties.push(level);
  }
  if (ties.length === 0) return { threshold: levels[0], middle: levels[0] };
  return { threshold: ties[0], middle: ties.reduce((sum, level) => sum + level, 0) / ties.length };
}
