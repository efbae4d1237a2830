import type { Scalar, Tensor3D } from '@fovea/tensorflow';
import { bam, type BamOptions } from './bam.ts';
import { resolveOptions } from './helpers/options.ts';

/** Options of `bam` without the two that the 2023 revision does not have. */
export type Bam2023Options = Omit<BamOptions, 'targetCrops' | 'topK'>;

/**
 * BAM as its code stood in 2023: student-only, and every view, local crops included, is a key.
 *
 *     L = bam(z, null, T = V)
 *
 * The rest of that revision agrees with `bam`: its mask value of -500 is an exclusion here, its other marginals have no effect, and its
 * entropy warm-up of 40 epochs is an argument of `bamReg`. All embeddings equal: log(V(B-1)).
 *
 * @param z_VBD - projections of all views [V, B, D], V >= 2; normalised inside
 * @throws Error as `bam`
 *
 * Source: the released code of Shalam and Korman at 28ce23d.
 *
 * @example
 * bam2023(tf.ones([3, 4, 8])); // 2.1972 = log(3 * 3)
 */
export function bam2023(z_VBD: Tensor3D, options: Bam2023Options = {}): Scalar {
  const own = resolveOptions<object>('bam2023', options, defaults);
  return bam(z_VBD, null, { ...own, targetCrops: z_VBD.shape[0] });
}

// Undefined means the default of `bam`, which is the only place that states it.
const defaults: Record<keyof Bam2023Options, undefined> = {
  globalCrops: undefined,
  reg: undefined,
  temperature: undefined,
  sinkhornIterations: undefined,
  positiveMasking: undefined,
};
