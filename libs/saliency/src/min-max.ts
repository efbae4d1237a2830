/**
 * Scales values to [0, 1], in place: v <- (v - min) / (max - min); all zero where the values are equal.
 *
 * @returns the same array
 */
export function minMax<T extends Float32Array | Float64Array>(values: T): T {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const span = high - low;
  for (let i = 0; i < values.length; i++) values[i] = span > 0 ? (values[i] - low) / span : 0;
  return values;
}
