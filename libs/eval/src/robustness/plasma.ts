import { Stream, type Key } from '@fovea/random';

/**
 * A height map by the diamond-square rule on a torus, min-max normalised to [0, 1]: fog, and what frost is made of here.
 *
 * @param side - a power of two
 * @param decay - what the roughness is divided by from one scale to the next
 */
export function plasma(side: number, decay: number, key: Key): Float64Array {
  if (side < 2 || (side & (side - 1)) !== 0)
    throw new Error(`plasma: side must be a power of two >= 2, got ${side}.`);
  const draw = new Stream(key);
  const map = new Float64Array(side * side);
  const at = (row: number, column: number): number => ((row + side) % side) * side + ((column + side) % side);
  let wobble = 100;
  const jitter = (): number => wobble * draw.uniform(-wobble, wobble);
  for (let step = side; step >= 2; step /= 2) {
    const half = step / 2;
    for (let row = 0; row < side; row += step) {
      for (let column = 0; column < side; column += step) {
        const sum =
          map[at(row, column)] +
          map[at(row + step, column)] +
          map[at(row, column + step)] +
          map[at(row + step, column + step)];
        map[at(row + half, column + half)] = sum / 4 + jitter();
      }
    }
    for (let row = 0; row < side; row += half) {
      for (let column = (row / half) % 2 === 0 ? half : 0; column < side; column += step) {
        const sum =
          map[at(row - half, column)] +
          map[at(row + half, column)] +
          map[at(row, column - half)] +
          map[at(row, column + half)];
        map[at(row, column)] = sum / 4 + jitter();
      }
    }
    wobble /= decay;
  }
  const low = map.reduce((least, value) => Math.min(least, value), Infinity);
  const high = map.reduce((most, value) => Math.max(most, value), -Infinity);
  return map.map((value) => (high > low ? (value - low) / (high - low) : 0));
}
