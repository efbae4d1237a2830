import { type Key, permutation, Stream } from '@fovea/random';

/**
 * A random mask over patches: exactly `round(ratio * rows * columns)` of them, uniformly.
 *
 * @param ratio - in [0, 1]
 * @returns uint8 [rows, columns], 1 = masked
 * @throws RangeError for sizes that are no positive integers or a ratio out of range
 */
export function randomPatchMask(rows: number, columns: number, ratio: number, key: Key): Uint8Array {
  check(rows, columns, ratio, 'randomPatchMask');
  const mask = new Uint8Array(rows * columns);
  for (const place of permutation(key, mask.length).subarray(0, Math.round(ratio * mask.length)))
    mask[place] = 1;
  return mask;
}

/**
 * A mask over patches made of rectangles: blocks of at least `minimumBlock` patches and log-uniform shape are added until exactly
 * `round(ratio * rows * columns)` patches are masked; the last block is cut to fit.
 *
 * @param ratio - in [0, 1]
 * @param minimumBlock - smallest block in patches, >= 1; iBOT uses 16 of 196
 * @returns uint8 [rows, columns], 1 = masked
 * @throws RangeError for sizes that are no positive integers or values out of range
 *
 * Source: block-wise masking of BEiT (Bao et al. 2022), used by iBOT; shapes 0.3 … 1 / 0.3. Difference: the count is met exactly.
 */
export function blockPatchMask(
  rows: number,
  columns: number,
  ratio: number,
  minimumBlock: number,
  key: Key,
): Uint8Array {
  check(rows, columns, ratio, 'blockPatchMask');
  if (!(Number.isInteger(minimumBlock) && minimumBlock >= 1)) {
    throw new RangeError(`blockPatchMask: minimumBlock must be an integer >= 1, got ${minimumBlock}.`);
  }
  const mask = new Uint8Array(rows * columns);
  const draw = new Stream(key);
  let left = Math.round(ratio * mask.length);
  while (left > 0) {
    const area = draw.uniform(Math.min(minimumBlock, left), Math.max(minimumBlock, left));
    const shape = Math.exp(draw.uniform(Math.log(0.3), Math.log(1 / 0.3)));
    const height = Math.min(rows, Math.max(1, Math.round(Math.sqrt(area * shape))));
    const width = Math.min(columns, Math.max(1, Math.round(Math.sqrt(area / shape))));
    const top = draw.integer(0, rows - height + 1);
    const start = draw.integer(0, columns - width + 1);
    for (let y = top; y < top + height; y++) {
      for (let x = start; x < start + width && left > 0; x++) {
        if (mask[y * columns + x] === 1) continue;
        mask[y * columns + x] = 1;
        left--;
      }
    }
  }
  return mask;
}

function check(rows: number, columns: number, ratio: number, caller: string): void {
  if (!(Number.isInteger(rows) && Number.isInteger(columns) && rows > 0 && columns > 0)) {
    throw new RangeError(`${caller}: sizes must be positive integers, got ${rows} x ${columns}.`);
  }
  if (!(ratio >= 0 && ratio <= 1)) throw new RangeError(`${caller}: ratio must be in [0, 1], got ${ratio}.`);
}
