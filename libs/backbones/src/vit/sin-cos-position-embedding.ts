import { tf, type Tensor2D } from '@fovea/tensorflow';

/** Size of a fixed position embedding. */
export interface SinCosOptions {
  /** Patches from top to bottom and from left to right. */
  readonly height: number;
  readonly width: number;
  /** Length of an embedding, a multiple of 4. */
  readonly dim: number;
  /** Default 10,000. */
  readonly temperature?: number;
}

/**
 * Fixed 2-D sine-cosine position embedding with a row of zeros for the class token: [1 + height width, dim].
 *
 *     [sin(a w), cos(a w), sin(b w), cos(b w)],   w_k = temperature^(-k / (dim / 4))
 *
 * Token t of the row-major grid has a = floor(t / height) and b = t mod height, as the official code reads its grid; on square grids a is the row.
 *
 * @throws Error when dim is no positive multiple of 4, or a size no positive integer
 *
 * Source: MoCo v3 (`build_2d_sincos_position_embedding`), used by BAM; tested against its vectors.
 *
 * @example
 * sinCosPositionEmbedding({ height: 2, width: 2, dim: 4 }).shape; // [5, 4]
 */
export function sinCosPositionEmbedding(options: SinCosOptions): Tensor2D {
  const { height, width, dim, temperature = 10_000 } = options;
  for (const [name, value] of Object.entries({ height, width, dim: dim / 4 })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new Error(
        `sinCosPositionEmbedding: ${name === 'dim' ? `dim must be a positive multiple of 4, got ${dim}` : `${name} must be a positive integer, got ${value}`}.`,
      );
    }
  }
  const quarter = dim / 4;
  const rows = new Float32Array((1 + height * width) * dim);
  for (let token = 0; token < height * width; token++) {
    const places = [Math.floor(token / height), token % height];
    const start = (1 + token) * dim;
    for (let k = 0; k < quarter; k++) {
      const frequency = temperature ** (-k / quarter);
      places.forEach((place, half) => {
        rows[start + 2 * half * quarter + k] = Math.sin(place * frequency);
        rows[start + (2 * half + 1) * quarter + k] = Math.cos(place * frequency);
      });
    }
  }
  return tf.tensor2d(rows, [1 + height * width, dim]);
}
