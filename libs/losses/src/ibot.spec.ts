import { describe, expect, it } from 'vitest';

import { tf, type Tensor1D, type Tensor2D, type Tensor3D, type Tensor4D } from '@fovea/tensorflow';
import { dino } from './dino.ts';
import { ibotPatch } from './ibot-patch.ts';
import { ibot } from './ibot.ts';
import { itIsALoss, value } from './testing/check.ts';
import { waves } from './testing/waves.ts';

const center = tf.tensor1d([0.1, -0.2, 0, 0.3]) as Tensor1D;

describe('ibot', () => {
  const tokens = (views: number, phase: number) => ({
    classTokens: waves([views, 3, 5], phase),
    patchTokens: waves([2, 3, 6, 4], phase) as Tensor4D,
  });
  const mask = tf.tensor3d(
    Array.from({ length: 36 }, (_, i) => (i % 5 === 0 || i > 32 ? 1 : 0)),
    [2, 3, 6],
    'bool',
  );
  const classCenter = tf.zeros([5]) as Tensor1D;
  const teacher = tokens(2, 1);

  it('adds dino on class tokens and the patch loss of each view', () => {
    const student = tokens(4, 0);
    const terms = ibot(student, teacher, mask, classCenter, center, { classWeight: 0.5, patchWeight: 2 });
    const [classLoss, patchLoss] = [value(terms.classLoss), value(terms.patchLoss)];
    expect(classLoss).toBeCloseTo(value(dino(student.classTokens, teacher.classTokens, classCenter)), 5);
    expect(value(terms.loss)).toBeCloseTo(0.5 * classLoss + 2 * patchLoss, 4);
    // The same patch loss from the masked tokens alone, both views as images of one batch.
    const rows = Array.from(mask.dataSync()).flatMap((masked, row) => (masked ? [row] : []));
    const pick = (x: Tensor4D) => tf.gather(tf.reshape(x, [36, 4]), tf.tensor1d(rows, 'int32')) as Tensor2D;
    const images = tf.reshape(mask, [6, 6, 1]) as Tensor3D;
    const alone = value(ibotPatch(pick(student.patchTokens), pick(teacher.patchTokens), images, center));
    expect(patchLoss).toBeCloseTo(alone, 4);
  });

  it('is log K + log P when all outputs are equal', () => {
    const equal = {
      classTokens: tf.ones([2, 3, 5]) as Tensor3D,
      patchTokens: tf.ones([2, 3, 6, 4]) as Tensor4D,
    };
    const { loss } = ibot(equal, equal, tf.ones([2, 3, 6], 'bool'), classCenter, tf.zeros([4]));
    expect(value(loss)).toBeCloseTo(Math.log(5) + Math.log(4), 5);
  });

  it('ignores unmasked patches and counts an image without a mask as 0', () => {
    const student = tokens(2, 0);
    const none = tf.zeros([2, 3, 6], 'bool') as Tensor3D;
    expect(value(ibot(student, teacher, none, classCenter, center).patchLoss)).toBe(0);
  });

  it('says what is wrong with its arguments', () => {
    expect(() => ibot(tokens(2, 0), teacher, tf.ones([2, 3, 5], 'bool'), classCenter, center)).toThrow(
      'ibot: mask_GBN must have shape [2, 3, 6]',
    );
    expect(() => ibot(tokens(2, 0), teacher, mask, classCenter, center, { lambda1: 1 } as never)).toThrow(
      "ibot: unknown option 'lambda1'",
    );
  });

  const { classTokens } = tokens(3, 0);
  const total = (patchTokens: Tensor4D) =>
    tf.tidy(() => ibot({ classTokens, patchTokens }, teacher, mask, classCenter, center).loss);
  itIsALoss(
    (p) => total(p as Tensor4D),
    () => waves([2, 3, 6, 4]),
    { scales: [0, 1e4], gradientTolerance: 1e-2 },
  );
});
