import { checkPositive, checkWhole, resolveOptions } from './helpers/options.ts';

export interface BamRegOptions {
  /** Value at epoch 0. Default 0.05. */
  readonly reg?: number;
  /** Value from epoch `epochs` - 1 on. Default 0.05, as in the released scripts: constant. */
  readonly regFinal?: number;
  /** Length of the ramp in epochs; 40 in the 2023 revision. Default 30. */
  readonly epochs?: number;
}

const defaults: Required<BamRegOptions> = { reg: 0.05, regFinal: 0.05, epochs: 30 };

/**
 * Entropy weight of the BAM target at an epoch: `epochs` equidistant values from `reg` to `regFinal`, then constant.
 *
 *     reg(e) = reg + (regFinal - reg) min(1, e / (epochs - 1))
 *
 * @param epoch - whole epochs done, from 0
 *
 * Source: released code of Shalam and Korman at 1dfbbf1.
 *
 * @example
 * bamReg(0, { reg: 0.1 }); // 0.1
 */
export function bamReg(epoch: number, options: BamRegOptions = {}): number {
  const { reg, regFinal, epochs } = resolveOptions('bamReg', options, defaults);
  checkWhole('bamReg', 'epoch', epoch, 0);
  checkWhole('bamReg', 'epochs', epochs, 0);
  checkPositive('bamReg', 'reg', reg);
  checkPositive('bamReg', 'regFinal', regFinal);
  if (epoch >= epochs - 1) return epochs <= 1 && epoch < epochs ? reg : regFinal;
  return reg + ((regFinal - reg) * epoch) / (epochs - 1);
}
