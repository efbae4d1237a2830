/** A value over training as a function of the share that is done, in [0, 1]. */
type Curve = (progress: number) => number;

/**
 * A teacher's momentum: a half cosine from its start to its end; constant where both are equal.
 *
 *     m(p) = end - (end - start) (1 + cos(pi p)) / 2
 *
 * @throws Error for values outside [0, 1]
 */
export function momentumSchedule([start, end]: readonly [number, number]): Curve {
  for (const value of [start, end]) {
    if (!(value >= 0 && value <= 1)) throw new Error(`momentum must lie in [0, 1], got ${value}.`);
  }
  return (progress) => end - ((end - start) * (1 + Math.cos(Math.PI * progress))) / 2;
}

/** Linear from start to end over the first `share` of training, then constant. */
export function rampSchedule([start, end]: readonly [number, number], share: number): Curve {
  return (progress) => (progress >= share ? end : start + ((end - start) * progress) / share);
}

/** 0 during the first `share` of training, 1 from there on. */
export function switchSchedule(share: number): Curve {
  return (progress) => (progress >= share ? 1 : 0);
}
