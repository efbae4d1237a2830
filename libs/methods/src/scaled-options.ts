import type { AnyMethod } from './method.ts';

/** Sizes of a run that is smaller than the paper's; what a method does not have is not read. */
export interface Sizes {
  /** Width of every hidden layer of projectors. */
  readonly hidden?: number;
  /** Width of every hidden layer of predictors. */
  readonly predictor?: number;
  /** Width of DINO's bottleneck. */
  readonly bottleneck?: number;
  /** Length of the embedding. */
  readonly outputs?: number;
  readonly prototypes?: number;
  /** Rows of queues. */
  readonly queue?: number;
  /** Rows of memory banks: images of the set. */
  readonly images?: number;
  /** Rows of the bank that a feature is compared with. */
  readonly negatives?: number;
  /**
   * Batch norm after hidden layers of projectors, and, without scale and shift, at their output. A run of a few hundred steps needs it where
   * the paper's head has none (MoCo, InsDis, CMC, SwAV): features start almost alike, and many steps pass until they spread. Default: as the paper.
   */
  readonly normalisedProjector?: boolean;
}

/**
 * The method's default options with other sizes: layers, norms and biases stay the paper's, widths become those of a small run.
 *
 * @example
 * METHODS.get('moco-v2').make({ backbone, ...scaledOptions(mocoV2, { hidden: 256, outputs: 64, queue: 1024 }) }, key(0));
 */
export function scaledOptions({ defaults }: AnyMethod, sizes: Sizes): Record<string, unknown> {
  const flat = {
    prototypes: sizes.prototypes,
    queue: sizes.queue,
    images: sizes.images,
    negatives: sizes.negatives,
  };
  const known = Object.entries(defaults) as [string, unknown][];
  const entries = known.flatMap(([name, value]): (readonly [string, unknown])[] => {
    if (typeof value === 'number') {
      const size = Object.hasOwn(flat, name) ? flat[name as keyof typeof flat] : undefined;
      return size === undefined ? [] : [[name, size] as const];
    }
    if (!isHead(value)) return [];
    return [[name, scaledHead(value, sizes, name.toLowerCase().includes('predictor'))] as const];
  });
  return Object.fromEntries(entries);
}

interface HeadSizes {
  readonly hidden: readonly number[];
  readonly outputs?: number;
  readonly bottleneck?: number;
  readonly prototypes?: number;
}

function isHead(value: unknown): value is HeadSizes {
  return typeof value === 'object' && value !== null && Array.isArray((value as { hidden?: unknown }).hidden);
}

function scaledHead(head: HeadSizes, sizes: Sizes, isPredictor: boolean): HeadSizes {
  const hidden = isPredictor ? sizes.predictor : sizes.hidden;
  return {
    ...head,
    hidden: head.hidden.map((width) => hidden ?? width),
    ...(head.outputs === undefined ? {} : { outputs: sizes.outputs ?? head.outputs }),
    ...(head.bottleneck === undefined
      ? {}
      : { bottleneck: sizes.bottleneck ?? sizes.outputs ?? head.bottleneck }),
    ...(sizes.normalisedProjector === true && !isPredictor ? normsOf(head) : {}),
    ...(head.prototypes === undefined ? {} : { prototypes: sizes.prototypes ?? head.prototypes }),
  };
}

/** A DINO head, which ends with a unit vector, takes norms after its hidden layers alone. */
function normsOf(head: HeadSizes): object {
  return head.bottleneck === undefined ? { hiddenNorm: true, outputNorm: 'plain' } : { hiddenNorm: true };
}
