import { bam, bamDistributions, ntXent, sinkhorn, type BamOptions, type NtXentOptions } from '@fovea/losses';
import type { SinkhornOptions } from '@fovea/losses';
import type { Tensor2D, Tensor3D } from '@fovea/tensorflow';
import { lossAdapter, type GoldenAdapter } from '../adapter.ts';

/** Losses of `@fovea/losses`. */
export const adapters: GoldenAdapter[] = [
  lossAdapter<BamOptions>('bam', (inputs, options) => {
    const teacher = 'teacher' in inputs ? (inputs.teacher as Tensor3D) : null;
    const { target, sourceLogProbabilities, mask } = bamDistributions(
      inputs.student as Tensor3D,
      teacher,
      options,
    );
    const loss = bam(inputs.student as Tensor3D, teacher, options);
    return { loss, target, sourceLogProb: sourceLogProbabilities, mask };
  }),
  lossAdapter<NtXentOptions>('ntXent', ({ z1, z2 }, options) =>
    ntXent(z1 as Tensor2D, z2 as Tensor2D, options),
  ),
  lossAdapter<SinkhornOptions>('sinkhorn', ({ scores }, options) => ({
    codes: sinkhorn(scores as Tensor2D, options),
  })),
];
