import { describe, expect, it } from 'vitest';
import { l2Normalize, tf, type Tensor, type Tensor2D, type Tensor3D, type Tensor4D } from '@fovea/tensorflow';
import * as losses from './index.ts';
import { expectFinite } from './testing/check.ts';
import { waves } from './testing/waves.ts';

/** N images, D numbers of an embedding, T a temperature, s a factor on the input. */
type Make = (N: number, D: number, T: number) => { input: Tensor; loss: (x: Tensor) => Tensor };

const rows = (N: number, D: number, phase = 0) => waves([N, D], phase);
const views = (V: number, N: number, D: number, phase = 0) => waves([V, N, D], phase);
const bank = (D: number) => l2Normalize(waves([7, D], 9));
const as2D = (x: Tensor) => x as Tensor2D;
const grid = (N: number, D: number, phase = 0) =>
  tf.reshape(waves([N, 6 * D], phase), [N, 2, 3, D]) as Tensor4D;
const picks = (N: number) =>
  tf.reshape(
    tf.tensor1d(
      Array.from({ length: 3 * N }, (_, i) => (i * 3) % 7),
      'int32',
    ),
    [N, 3],
  ) as Tensor2D;

/** Losses of embeddings, which they normalise: any length of the input is meant to work, at any temperature down to 1e-3. */
const NORMALISING: Readonly<Record<string, Make>> = {
  ntXent: (N, D, temperature) => ({
    input: rows(N, D),
    loss: (x) => losses.ntXent(as2D(x), rows(N, D, 1), { temperature }),
  }),
  mocoInfoNce: (N, D, temperature) => ({
    input: rows(N, D),
    loss: (x) => losses.mocoInfoNce(as2D(x), rows(N, D, 1), bank(D), { temperature }),
  }),
  mocoV3: (N, D, temperature) => ({
    input: rows(N, D),
    loss: (x) => losses.mocoV3(as2D(x), rows(N, D, 1), rows(N, D, 2), rows(N, D, 3), { temperature }),
  }),
  nnclr: (N, D, temperature) => ({
    input: rows(N, D),
    loss: (x) => losses.nnclr(rows(N, D, 1), rows(N, D, 2), as2D(x), rows(N, D, 3), bank(D), { temperature }),
  }),
  supCon: (N, D, temperature) => ({
    input: views(N, 2, D),
    loss: (x) => losses.supCon(x as Tensor3D, tf.range(0, N, 1, 'int32'), { temperature }),
  }),
  ntXentLabels: (N, D, temperature) => ({
    input: rows(N + 1, D), // one row has no other
    loss: (x) => losses.ntXentLabels(as2D(x), tf.zeros([N + 1], 'int32'), { temperature }),
  }),
  byol: (N, D) => ({
    input: rows(N, D),
    loss: (x) => losses.byol(as2D(x), rows(N, D, 1), rows(N, D, 2), rows(N, D, 3)),
  }),
  simSiam: (N, D) => ({
    input: rows(N, D),
    loss: (x) => losses.simSiam(as2D(x), rows(N, D, 1), rows(N, D, 2), rows(N, D, 3)),
  }),
  'bam without masked positives': (N, D, temperature) => ({
    input: views(3, N, D),
    loss: (x) => losses.bam(x as Tensor3D, null, { positiveMasking: false, temperature, reg: temperature }),
  }),
  'bam with a teacher': (N, D, temperature) => ({
    input: views(2, N + 1, D), // one image leaves no key
    loss: (x) => losses.bam(x as Tensor3D, views(2, N + 1, D, 1), { temperature, reg: temperature }),
  }),
  npid: (N, D, temperature) => ({
    input: rows(N, D),
    loss: (x) => losses.npid(l2Normalize(as2D(x)), bank(D), picks(N), { temperature, mode: 'softmax' }),
  }),
  msn: (N, D, temperature) => ({
    input: rows(N, D),
    loss: (x) => losses.msn(as2D(x), rows(N, D, 1), bank(D), { temperature }),
  }),
  pixPro: (N, D) => ({
    input: grid(N, D),
    loss: (x) => {
      const crop = tf.tile(tf.tensor2d([[0, 0, 1, 1]]), [N, 1]) as Tensor2D;
      return losses.pixPro(x as Tensor4D, grid(N, D, 1), crop, crop);
    },
  }),
  denseCl: (N, D, temperature) => {
    const view = (cells: Tensor3D) => ({ pooled: tf.mean(cells, 1) as Tensor2D, cells, backbone: cells });
    return {
      input: views(N, 3, D),
      loss: (x) =>
        losses.denseCl(view(x as Tensor3D), view(views(N, 3, D, 1)), bank(D), bank(D), { temperature }).loss,
    };
  },
  attentionCosine: (N, D) => ({
    input: rows(N, D),
    loss: (x) =>
      losses.attentionCosine(tf.reshape(x, [N, 1, D]) as Tensor3D, tf.abs(views(N, 1, D, 1)) as Tensor3D),
  }),
};

/** Losses of logits and of statistics: a logit of 1e4 is a probability of 0 or 1. */
const LOGITS: Readonly<Record<string, Make>> = {
  swav: (N, D, temperature) => ({
    input: views(3, N, D),
    loss: (x) => losses.swav(x as Tensor3D, null, { temperature, epsilon: temperature }),
  }),
  dino: (N, D, temperature) => ({
    input: views(3, N, D),
    loss: (x) =>
      losses.dino(x as Tensor3D, views(2, N, D, 1), tf.zeros([D]), {
        studentTemperature: temperature,
        teacherTemperature: temperature,
      }),
  }),
  twist: (N, D) => ({ input: rows(N, D), loss: (x) => losses.twist(as2D(x), rows(N, D, 1)).loss }),
  barlowTwins: (N, D) => ({ input: rows(N, D), loss: (x) => losses.barlowTwins(as2D(x), rows(N, D, 1)) }),
  vicReg: (N, D) => ({
    input: rows(N + 1, D), // an unbiased variance needs two
    loss: (x) => losses.vicReg(as2D(x), rows(N + 1, D, 1)).loss,
  }),
};

const SIZES = [[1, 1], [1, 5], [2, 1], [3, 7], [5, 13]] as const; // prettier-ignore

describe.each([
  ['normalising', NORMALISING, [0, 1e-30, 1, 1e15]],
  ['logit', LOGITS, [0, 1e-30, 1, 1e4]],
] as const)('every %s loss', (_, table, scales) => {
  it.each(Object.keys(table))(
    'of one image or five, one number or thirteen, sharp or soft, is finite with its gradient: %s',
    (name) => {
      for (const [N, D] of SIZES) {
        for (const temperature of [1, 1e-3]) {
          for (const scale of scales) {
            tf.tidy(() => {
              const { input, loss } = table[name](N, D, temperature);
              const x = tf.mul(input, scale);
              const { value, grad } = tf.valueAndGrad((y) => tf.sum(loss(y)))(x);
              const where = `N ${N}, D ${D}, T ${temperature}, scale ${scale}`;
              expect(Number.isFinite(value.dataSync()[0]), where).toBe(true);
              expectFinite(grad);
            });
          }
        }
      }
    },
  );
});
