/** A value of training that changes from step to step; steps count from 0. */
export type Schedule = (step: number) => number;

/** Refuses a step outside of the schedule, which is a mistake in counting. */
export function checkStep(where: string, step: number, steps: number): void {
  if (!(step >= 0 && step < steps)) {
    throw new RangeError(`${where}: step must lie in [0, ${steps}), got ${step}.`);
  }
}

/** Refuses what is not a positive integer. */
export function checkSteps(where: string, name: string, value: number, least = 1): void {
  if (!Number.isInteger(value) || value < least) {
    throw new RangeError(`${where}: ${name} must be an integer >= ${least}, got ${value}.`);
  }
}
