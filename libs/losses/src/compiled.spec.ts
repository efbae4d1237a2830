import { describe, expect, it } from 'vitest';
import {
  compile,
  l2Normalize,
  tf,
  type Scalar,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
} from '@fovea/tensorflow';
import * as losses from './index.ts';
import { numbers } from './testing/check.ts';
import { waves } from './testing/waves.ts';

type Step = readonly [name: string, input: Tensor, loss: (x: Tensor, rate: Scalar) => Tensor];

const [a, b, c, bank] = [waves([4, 5], 1), waves([4, 5], 2), waves([4, 5], 3), l2Normalize(waves([8, 5], 4))];
const index = tf.tensor2d([0, 3, 5, 1, 2, 7, 2, 0, 6, 3, 1, 4], [4, 3], 'int32');
const labels = tf.tensor1d([0, 1, 0, 2], 'int32');
const center = tf.tensor1d([0.1, 0, -0.1, 0.2, 0.3]);
const mask = tf.tensor3d([0, 1, 1, 0, 1, 1], [3, 1, 2], 'bool');
const z = () => waves([4, 5]);
const views = () => waves([3, 4, 5]);
const as2D = (x: Tensor) => x as Tensor2D;

// `rate` is an argument of the compiled step: the temperature or weight that a schedule moves.
const steps: Step[] = [
  ['ntXent', z(), (x, rate) => losses.ntXent(as2D(x), a, { temperature: rate })],
  ['ntXentLabels', z(), (x, rate) => losses.ntXentLabels(as2D(x), labels, { temperature: rate })],
  [
    'supCon',
    views(),
    (x, rate) => losses.supCon(x as Tensor3D, tf.slice(labels, 0, 3), { temperature: rate }),
  ],
  ['mocoInfoNce', z(), (x, rate) => losses.mocoInfoNce(as2D(x), a, bank, { temperature: rate })],
  ['mocoV3', z(), (x, rate) => losses.mocoV3(as2D(x), a, b, c, { temperature: rate })],
  ['npid', z(), (x, rate) => losses.npid(as2D(x), bank, index, { temperature: rate })],
  [
    'cmc',
    z(),
    (x, rate) => losses.cmc(as2D(x), a, bank, bank, index, { temperature: rate, mode: 'softmax' }),
  ],
  ['nnclr', z(), (x, rate) => losses.nnclr(a, b, as2D(x), c, bank, { temperature: rate })],
  ['dcl', z(), (x, rate) => losses.dcl(as2D(x), a, { temperature: rate })],
  ['dclw', z(), (x, rate) => losses.dclw(as2D(x), a, { sigma: rate })],
  ['byol', z(), (x, rate) => tf.mul(losses.byol(as2D(x), a, b, c), rate)],
  ['simSiam', z(), (x, rate) => tf.mul(losses.simSiam(as2D(x), a, b, c), rate)],
  ['bam', views(), (x, rate) => losses.bam(x as Tensor3D, null, { reg: rate })],
  [
    'bam with a teacher and top-k',
    views(),
    (x, rate) => losses.bam(x as Tensor3D, waves([3, 4, 5], 1), { topK: 3, reg: rate }),
  ],
  ['swav', views(), (x, rate) => losses.swav(x as Tensor3D, null, { temperature: rate })],
  [
    'dino',
    views(),
    (x, rate) => losses.dino(x as Tensor3D, waves([2, 4, 5]), center, { teacherTemperature: rate }),
  ],
  ['ibotPatch', z(), (x, rate) => losses.ibotPatch(as2D(x), a, mask, center, { teacherTemperature: rate })],
  [
    'ibot',
    tf.reshape(waves([2, 6, 5]), [2, 3, 2, 5]),
    (x, rate) => {
      const tokens = (patchTokens: Tensor4D) => ({ classTokens: waves([2, 3, 5]), patchTokens });
      const teacher = tokens(tf.reshape(waves([2, 6, 5], 1), [2, 3, 2, 5]));
      const masks = tf.tile(tf.reshape(mask, [1, 3, 2]), [2, 1, 1]) as Tensor3D;
      return losses.ibot(tokens(x as Tensor4D), teacher, masks, center, center, { patchWeight: rate }).loss;
    },
  ],
  ['msn', z(), (x, rate) => losses.msn(as2D(x), a, bank, { temperature: rate, sinkhornIterations: 2 })],
  ['twist', z(), (x, rate) => losses.twist(as2D(x), a, { diversityWeight: rate }).loss],
  [
    'twistSelfLabel',
    z(),
    (x, rate) => losses.twistSelfLabel(a, as2D(x), { threshold: rate, balanceClasses: true }),
  ],
  ['barlowTwins', z(), (x, rate) => losses.barlowTwins(as2D(x), a, { lambda: rate })],
  ['vicReg', z(), (x, rate) => losses.vicReg(as2D(x), a, { varianceWeight: rate }).loss],
  ['sgcl', z(), (x, rate) => losses.sgcl(tf.scalar(1), as2D(x), tf.abs(a) as Tensor2D, { lambda: rate })],
  [
    'dida',
    views(),
    (x, rate) => losses.blendAttention(tf.scalar(1), losses.dida(x as Tensor3D, waves([3, 4, 5], 1)), rate),
  ],
  [
    'denseCl',
    views(),
    (x, rate) => {
      const view = (cells: Tensor3D) => ({ pooled: tf.slice(a, 0, 3), cells, backbone: cells });
      return losses.denseCl(view(x as Tensor3D), view(waves([3, 4, 5], 1)), bank, bank, { temperature: rate })
        .loss;
    },
  ],
  [
    'pixPro',
    tf.reshape(waves([1, 12, 5]), [1, 3, 4, 5]),
    (x, rate) => {
      const crops = tf.tensor2d([[0, 0, 1, 1], [0.2, 0, 1, 0.7]]); // prettier-ignore
      const [q, k] = tf.split(crops, 2) as Tensor2D[];
      return losses.pixPro(x as Tensor4D, tf.reshape(waves([1, 12, 5], 1), [1, 3, 4, 5]), q, k, {
        posRatio: rate,
      });
    },
  ],
];

describe('compiled', () => {
  it('states move as they do eagerly, with a momentum that is an argument', () => {
    const step = (m: Scalar) => [
      losses.enqueue(bank, a),
      losses.updateMemory(bank, a, tf.tensor1d([5, 0, 3, 6], 'int32'), m),
      losses.updateCenter(center, a, m),
    ];
    const compiled = compile(step, { name: 'states' });
    for (const momentum of [0.5, 0.9]) {
      const [eager, graph] = [step(tf.scalar(momentum)), compiled(momentum)];
      eager.forEach((state, i) => {
        expect(numbers(graph[i])).toEqual(numbers(state));
      });
    }
    compiled.dispose();
  });

  it.each(steps)(
    '%s gives the value and gradient of the eager loss, also when its rate moves',
    (name, input, loss) => {
      const step = (x: Tensor, rate: Scalar) => {
        const { value, grad } = tf.valueAndGrad((y) => loss(y, rate).asScalar())(x);
        return [value, grad];
      };
      const compiled = compile(step, { name });
      for (const rate of [0.5, 0.2]) {
        const eager = tf.tidy(() => step(input, tf.scalar(rate)));
        const graph = compiled(input, rate);
        for (const part of [0, 1]) {
          const [expected, actual] = [numbers(eager[part]), numbers(graph[part])];
          actual.forEach((value, i) => {
            expect(Math.abs(value - expected[i])).toBeLessThan(1e-5 * (1 + Math.abs(expected[i])));
          });
        }
      }
      expect(compiled.traces).toBe(1);
      compiled.dispose();
    },
  );
});
