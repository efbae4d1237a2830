import { l2Normalize, tf, type Scalar, type Tensor2D, type Tensor3D } from '@fovea/tensorflow';
import { balanceColumnsThenRows } from './sinkhorn.ts';
import { checkSameShape } from './helpers/check-same-shape.ts';
import { crossViewCrossEntropy } from './helpers/cross-view-cross-entropy.ts';
import { logNormalizeRows } from './helpers/log-normalize.ts';
import { maskedLogSoftmax } from './helpers/masked-log-softmax.ts';
import { checkPositive, checkWhole, resolveOptions, type Real } from './helpers/options.ts';
import { stopGradient } from './helpers/stop-gradient.ts';

// V views, the first G of them global, the first T of them keys; B images; D embedding. R = V*B rows, C = T*B columns, both view-major.

export interface BamOptions {
  /** G: views whose balanced attention is a target. Default 2. */
  readonly globalCrops?: number;
  /** T: views that are keys. Default: as many as globalCrops. */
  readonly targetCrops?: number;
  /** Entropy weight of the target, the paper's epsilon. Default 0.05. */
  readonly reg?: Real;
  /** Softmax temperature of the source. Default 0.1. */
  readonly temperature?: Real;
  /** Default 3. */
  readonly sinkhornIterations?: number;
  /** Keys that a target keeps, 0 for all (the paper's form; the released scripts keep 128). Default 0. */
  readonly topK?: number;
  /** Exclude keys of the row's own image. Default true. */
  readonly positiveMasking?: boolean;
}

/** The distributions that the loss compares. */
export interface BamDistributions {
  /** P [G*B, T*B]: rows sum to 1, exactly 0 where masked. Constant. */
  readonly target: Tensor2D;
  /** log A [V*B, T*B]: written as 0 where masked. */
  readonly sourceLogProbabilities: Tensor2D;
  /** M [V*B, T*B], boolean: same image. All false without positive masking. */
  readonly mask: Tensor2D;
}

const defaults = {
  globalCrops: 2,
  targetCrops: undefined as number | undefined,
  reg: 0.05 as Real,
  temperature: 0.1 as Real,
  sinkhornIterations: 3,
  topK: 0,
  positiveMasking: true,
};

/**
 * Balanced self-attention matching: views of one image must attend alike to the other images of the batch.
 *
 *     M = same image;   S = n(student) K^T;   S' = n(teacher) K^T, or S without gradient when there is no teacher
 *     P = rows G of RowNorm( Sinkhorn( exp(S' / reg) (1 - M) ) ), balanced over the rows of all V views, columns first
 *     A = row softmax of S / temperature where M = 0
 *     L = 1/G sum over g of 1/(V-1) sum over v != g of 1/B sum over i of H( P[g,i,:], A[v,i,:] )
 *
 * K is the first T views of the teacher (no gradient), else of the student (gradients flow through both sides of S). All embeddings equal,
 * the collapsed solution: log(T(B-1)), see `bamUniformLoss`; monitor it, since the loss settles there without batch norm in the projector.
 *
 * @param student_VBD - projections of all views [V, B, D], V >= 2, view-major; normalised inside
 * @param teacher_VBD - the same of the momentum teacher, or null for the student-only form
 * @throws Error for a single view, for B = 1 with positive masking (no key is left: 0/0), and for options out of range
 *
 * Source: Shalam and Korman, ECCV 2024 (arXiv 2408.02014), and its released code at 1dfbbf1. Differences: one process; logarithms
 * throughout; the mask is an exclusion instead of a large negative number.
 *
 * @example
 * bam(tf.ones([2, 4, 8]), null); // 1.7918 = log(2 * 3)
 */
export function bam(
  student_VBD: Tensor3D,
  teacher_VBD: Tensor3D | null = null,
  options: BamOptions = {},
): Scalar {
  return tf.tidy(() => {
    const { target, sourceLogProbabilities } = bamDistributions(student_VBD, teacher_VBD, options);
    const [views, batch] = student_VBD.shape;
    const globalCrops = target.shape[0] / batch;
    return crossViewCrossEntropy(
      tf.reshape(target, [globalCrops, batch, -1]),
      tf.reshape(sourceLogProbabilities, [views, batch, -1]),
      Array.from({ length: globalCrops }, (_, view) => view),
    );
  });
}

/** The distributions that `bam` compares, for notebooks and tests; arguments as for `bam`. */
export function bamDistributions(
  student_VBD: Tensor3D,
  teacher_VBD: Tensor3D | null = null,
  options: BamOptions = {},
): BamDistributions {
  const resolved = resolveOptions('bam', options, defaults);
  const { globalCrops, reg, temperature, sinkhornIterations, topK, positiveMasking } = resolved;
  const { V, B, D } = checkSameShape('bam', ['V', 'B', 'D'], {
    student_VBD,
    ...(teacher_VBD ? { teacher_VBD } : {}),
  });
  const targetCrops = resolved.targetCrops ?? globalCrops;
  if (V < 2) throw new Error(`bam: student_VBD must hold at least 2 views, got shape [${V}, ${B}, ${D}].`);
  checkWhole('bam', 'globalCrops', globalCrops, 1, V);
  checkWhole('bam', 'targetCrops', targetCrops, 1, V);
  checkWhole('bam', 'sinkhornIterations', sinkhornIterations, 0);
  checkWhole('bam', 'topK', topK, 0, targetCrops * B);
  checkPositive('bam', 'reg', reg);
  checkPositive('bam', 'temperature', temperature);
  if (positiveMasking && B === 1) {
    throw new Error('bam: positive masking leaves no key when B = 1; give at least 2 images.');
  }
  return tf.tidy(() => {
    const student_RD = l2Normalize(tf.reshape(student_VBD, [V * B, D]));
    const teacher_RD = teacher_VBD && l2Normalize(tf.reshape(stopGradient(teacher_VBD), [V * B, D]));
    const keys_CD = tf.slice(teacher_RD ?? student_RD, [0, 0], [targetCrops * B, D]);
    const source_RC = tf.matMul(student_RD, keys_CD, false, true);
    const similarity_RC = teacher_RD ? tf.matMul(teacher_RD, keys_CD, false, true) : stopGradient(source_RC);
    const mask_RC = positiveMasking
      ? tf.cast(tf.tile(tf.eye(B), [V, targetCrops]), 'bool')
      : (tf.zeros([V * B, targetCrops * B], 'bool') as Tensor2D);
    const balanced_RC = balanceColumnsThenRows(
      tf.where(mask_RC, -Infinity, tf.div(similarity_RC, reg)) as Tensor2D,
      sinkhornIterations,
    );
    const rows_PC = tf.slice(balanced_RC, [0, 0], [globalCrops * B, targetCrops * B]); // P = G*B target rows
    const log_PC = sinkhornIterations === 0 ? logNormalizeRows(rows_PC) : rows_PC;
    return {
      target: tf.exp(topK > 0 ? keepTopK(log_PC, globalCrops, topK) : log_PC),
      sourceLogProbabilities: maskedLogSoftmax(tf.div(source_RC, temperature) as Tensor2D, mask_RC),
      mask: mask_RC,
    };
  });
}

/** Keeps, for all global views of an image alike, the k keys that take most of the views' mean distribution, and renormalises. */
function keepTopK(log_PC: Tensor2D, globalCrops: number, k: number): Tensor2D {
  const [rows, keys] = log_PC.shape;
  const images = rows / globalCrops;
  const mean_BC = tf.mean(tf.reshape(tf.exp(log_PC), [globalCrops, images, keys]), 0);
  const { indices } = tf.topk(mean_BC, k, false);
  const image_Bk = tf.tile(tf.reshape(tf.range(0, images, 1, 'int32'), [images, 1]), [1, k]);
  const places = tf.reshape(tf.stack([image_Bk, indices], -1), [images * k, 2]);
  const kept_BC = tf.scatterND(places, tf.ones([images * k]), [images, keys]);
  const dropped_PC = tf.tile(tf.equal(kept_BC, 0), [globalCrops, 1]);
  return logNormalizeRows(tf.where(dropped_PC, -Infinity, log_PC));
}
