import * as losses from '@fovea/losses';
import {
  tf,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
} from '@fovea/tensorflow';
import { lossAdapter, type GoldenAdapter } from '../adapter.ts';

type Tensors = Readonly<Record<string, Tensor>>;

/** The named inputs of a case as tensors of one rank, in order. */
function pick<T extends Tensor>(inputs: Tensors, ...names: string[]): T[] {
  return names.map((name) => inputs[name] as T);
}

/** Losses of `@fovea/losses`. */
export const adapters: GoldenAdapter[] = [
  lossAdapter<losses.BamOptions>('bam', (inputs, options) => {
    const student = inputs.student as Tensor3D;
    const teacher = 'teacher' in inputs ? (inputs.teacher as Tensor3D) : null;
    const { target, sourceLogProbabilities, mask } = losses.bamDistributions(student, teacher, options);
    return {
      loss: losses.bam(student, teacher, options),
      target,
      sourceLogProb: sourceLogProbabilities,
      mask,
    };
  }),
  lossAdapter<losses.NtXentOptions>('ntXent', ({ z1, z2 }, options) =>
    losses.ntXent(z1 as Tensor2D, z2 as Tensor2D, options),
  ),
  lossAdapter<losses.SinkhornOptions>('sinkhorn', ({ scores }, options) => ({
    codes: losses.sinkhorn(scores as Tensor2D, options),
  })),
  lossAdapter<losses.MocoInfoNceOptions>('mocoInfoNce', (inputs, options) => {
    const [query, key, queue] = pick<Tensor2D>(inputs, 'query', 'key', 'queue');
    return losses.mocoInfoNce(query, key, queue, options);
  }),
  lossAdapter<losses.MocoV3Options>('mocoV3', (inputs, options) => {
    const [q1, q2, k1, k2] = pick<Tensor2D>(inputs, 'q1', 'q2', 'k1', 'k2');
    return losses.mocoV3(q1, q2, k1, k2, options);
  }),
  lossAdapter<{ temperature: number; Z: number; momentum: number; mode: 'nce' | 'softmax' }>(
    'npid',
    (inputs, { temperature, Z, momentum, mode }) => {
      const [features, memory, index] = pick<Tensor2D>(inputs, 'features', 'memory', 'index');
      const partition = Z < 0 ? undefined : Z;
      return {
        loss: losses.npid(features, memory, index, { mode, temperature, partition }),
        scores: losses.npidScores(features, memory, index, { mode, temperature, partition }),
        updatedMemory: losses.updateMemory(memory, features, inputs.y as Tensor1D, momentum),
        Z: partition ?? losses.npidPartition(features, memory, index, temperature),
      };
    },
  ),
  lossAdapter('byol', (inputs) => {
    const [p1, p2, z1, z2] = pick<Tensor2D>(inputs, 'p1', 'p2', 'z1', 'z2');
    return losses.byol(p1, p2, z1, z2);
  }),
  lossAdapter('simSiam', (inputs) => {
    const [p1, p2, z1, z2] = pick<Tensor2D>(inputs, 'p1', 'p2', 'z1', 'z2');
    return losses.simSiam(p1, p2, z1, z2);
  }),
  lossAdapter<losses.SwavOptions>('swav', (inputs, options) => {
    const scores = inputs.scores as Tensor3D;
    return { loss: losses.swav(scores, null, options), codes: losses.swavCodes(scores, null, options) };
  }),
  lossAdapter<{ studentTemp: number; teacherTemp: number; centerMomentum: number }>(
    'dino',
    (inputs, { studentTemp, teacherTemp, centerMomentum }) => {
      const [student, teacher] = pick<Tensor3D>(inputs, 'student', 'teacher');
      const center = inputs.center as Tensor1D;
      const options = { studentTemperature: studentTemp, teacherTemperature: teacherTemp };
      return {
        loss: losses.dino(student, teacher, center, options),
        center: losses.updateCenter(center, teacher, centerMomentum),
      };
    },
  ),
  lossAdapter<{ studentTemp: number; teacherTemp: number; centerMomentum: number }>(
    'ibotPatch',
    (inputs, { studentTemp, teacherTemp, centerMomentum }) => {
      const [student, teacher] = pick<Tensor2D>(inputs, 'student', 'teacher');
      const center = inputs.center as Tensor1D;
      const options = { studentTemperature: studentTemp, teacherTemperature: teacherTemp };
      return {
        loss: losses.ibotPatch(student, teacher, inputs.mask as Tensor3D, center, options),
        center: losses.updateCenter(center, teacher, centerMomentum),
      };
    },
  ),
  lossAdapter<Record<string, number>>('ibot', (inputs, options) => {
    const [studentCls, teacherCls] = pick<Tensor3D>(inputs, 'studentCls', 'teacherCls');
    const [studentPatch, teacherPatch] = pick<Tensor4D>(inputs, 'studentPatch', 'teacherPatch');
    const [center, centerPatch] = pick<Tensor1D>(inputs, 'center', 'centerPatch');
    const [views, images] = inputs.mask.shape;
    const { loss, classLoss, patchLoss } = losses.ibot(
      { classTokens: studentCls, patchTokens: studentPatch },
      { classTokens: teacherCls, patchTokens: teacherPatch },
      tf.reshape(inputs.mask, [views, images, -1]) as Tensor3D,
      center,
      centerPatch,
      {
        studentTemperature: options.studentTemp,
        teacherTemperature: options.teacherTemp,
        patchTeacherTemperature: options.patchTeacherTemp,
        classWeight: options.lambda1,
        patchWeight: options.lambda2,
      },
    );
    return {
      loss,
      clsLoss: classLoss,
      patchLoss,
      center: losses.updateCenter(center, teacherCls, options.centerMomentum),
      centerPatch: losses.updateCenter(centerPatch, teacherPatch, options.centerMomentum),
    };
  }),
  lossAdapter<losses.MsnOptions>('msn', (inputs, options) => {
    const [anchors, targets, prototypes] = pick<Tensor2D>(inputs, 'anchors', 'targets', 'prototypes');
    return {
      loss: losses.msn(anchors, targets, prototypes, options),
      targetAssignments: losses.msnTargets(targets, prototypes, options),
    };
  }),
  lossAdapter<losses.BarlowTwinsOptions>('barlowTwins', (inputs, options) => {
    const [z1, z2] = pick<Tensor2D>(inputs, 'z1', 'z2');
    return { loss: losses.barlowTwins(z1, z2, options), crossCorrelation: losses.crossCorrelation(z1, z2) };
  }),
  lossAdapter<{ sim: number; var: number; cov: number }>('vicReg', (inputs, options) => {
    const [z1, z2] = pick<Tensor2D>(inputs, 'z1', 'z2');
    const terms = losses.vicReg(z1, z2, {
      invarianceWeight: options.sim,
      varianceWeight: options.var,
      covarianceWeight: options.cov,
    });
    return { ...terms };
  }),
  lossAdapter<{ lam1: number; lam2: number; eps: number; batchNorm: boolean }>('twist', (inputs, options) => {
    const [z1, z2] = pick<Tensor2D>(inputs, 'z1', 'z2');
    const { divergence, ...terms } = losses.twist(z1, z2, {
      sharpnessOffset: options.lam1,
      diversityWeight: options.lam2,
      epsilon: options.eps,
      batchNorm: options.batchNorm,
    });
    return { ...terms, kl: divergence };
  }),
  lossAdapter<losses.DenseClOptions>('denseCl', (inputs, options) => {
    const [q, k, queue, queueDense] = pick<Tensor2D>(inputs, 'q', 'k', 'queue', 'queueDense');
    const [qGrid, kGrid] = pick<Tensor3D>(inputs, 'qGrid', 'kGrid');
    const [qBackbone, kBackbone] = pick<Tensor3D>(inputs, 'qBackbone', 'kBackbone');
    const query = { pooled: q, cells: qGrid, backbone: qBackbone };
    const key = { pooled: k, cells: kGrid, backbone: kBackbone };
    const { loss, globalTerm, denseTerm } = losses.denseCl(query, key, queue, queueDense, options);
    // The peer's terms carry their weights.
    const { lambda } = options as { lambda: number };
    return {
      loss,
      globalTerm: tf.mul(globalTerm, 1 - lambda),
      denseTerm: tf.mul(denseTerm, lambda),
      match: losses.denseMatch(qBackbone, kBackbone),
    };
  }),
  lossAdapter<losses.DclOptions>('dcl', ({ z1, z2 }, options) =>
    losses.dcl(z1 as Tensor2D, z2 as Tensor2D, options),
  ),
  lossAdapter<losses.DclwOptions>('dclw', ({ z1, z2 }, options) =>
    losses.dclw(z1 as Tensor2D, z2 as Tensor2D, options),
  ),
  lossAdapter<losses.NnclrOptions>('nnclr', (inputs, options) => {
    const [z1, z2, p1, p2, queue] = pick<Tensor2D>(inputs, 'z1', 'z2', 'p1', 'p2', 'queue');
    return {
      loss: losses.nnclr(z1, z2, p1, p2, queue, options),
      index1: losses.nearestRow(z1, queue),
      index2: losses.nearestRow(z2, queue),
    };
  }),
  lossAdapter<losses.SupConOptions>('supCon', ({ z, labels }, options) =>
    losses.supCon(z as Tensor3D, labels as Tensor1D, options),
  ),
  lossAdapter<losses.AttentionCosineOptions>('attentionCosine', ({ map, mask }, options) =>
    losses.attentionCosine(map as Tensor3D, mask as Tensor3D, options),
  ),
  lossAdapter<losses.PixProOptions>('pixPro', (inputs, options) => {
    const [q, k] = pick<Tensor4D>(inputs, 'q', 'k');
    const [coordQ, coordK] = pick<Tensor2D>(inputs, 'coordQ', 'coordK');
    return losses.pixPro(q, k, coordQ, coordK, options);
  }),
];
