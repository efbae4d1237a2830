/** Weights of red, green and blue in the grey value (ITU-R BT.601, as torchvision rounds them). */
export const RED = 0.2989;
export const GREEN = 0.587;
export const BLUE = 0.114;

export function clamp01(x: number): number {
  return x < 0 ? 0 : x > 1 ? 1 : x;
}

/** @throws RangeError for a negative or not finite factor */
export function checkFactor(factor: number, caller: string): void {
  if (!(Number.isFinite(factor) && factor >= 0)) {
    throw new RangeError(`${caller}: factor must be a finite number >= 0, got ${factor}.`);
  }
}
