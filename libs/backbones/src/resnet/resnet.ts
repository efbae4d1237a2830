import type { Key } from '@fovea/random';
import { checkShape, tf, type Tensor, type Tensor2D } from '@fovea/tensorflow';
import type { Backbone } from '../backbone.ts';
import { checkOptions } from '../check-options.ts';
import type { NormStatistics } from '../layers/batch-norm.ts';
import { Parameters, type Layer, type Mode } from '../layers/parameters.ts';
import { Taps } from '../taps.ts';
import { basicBlock } from './basic-block.ts';
import { bottleneck } from './bottleneck.ts';
import { stageForms, type StrideReduction } from './stage-forms.ts';
import { stem, STEMS, type StemKind } from './stem.ts';

const ARCHITECTURES = {
  18: { block: basicBlock, depths: [2, 2, 2, 2] },
  34: { block: basicBlock, depths: [3, 4, 6, 3] },
  50: { block: bottleneck, depths: [3, 4, 6, 3] },
  101: { block: bottleneck, depths: [3, 4, 23, 3] },
} as const;

/** What makes a ResNet. */
export interface ResNetOptions {
  readonly depth: keyof typeof ARCHITECTURES;
  /** Channels of the first stage; 64 is the published network. */
  readonly width: number;
  readonly stem: StemKind;
  /** A larger last map than the published network's; default none. */
  readonly reduction?: StrideReduction;
  /** Starts the last gamma of every block at 0, so that each block starts as its shortcut; default false. */
  readonly zeroLastGamma?: boolean;
  /** Over which images batch norm takes its statistics in training; default `synchronised`. */
  readonly statistics?: NormStatistics;
}

const OPTIONS = ['depth', 'width', 'stem', 'reduction', 'zeroLastGamma', 'statistics'];

/**
 * ResNet-18/34/50/101 without its classifier: images [N, H, W, 3] to pooled features [N, features].
 *
 * `features` is 8 x width (18, 34) or 32 x width (50, 101); variables have torchvision's names. Taps: `stem`, `layer1.0` and every other
 * block, `stage1` to `stage4`, `pooled`.
 *
 * @param options - depth, width, stem, and departures from the published network
 * @param key - draws the initial weights
 * @throws Error for an unknown option, depth or stem, a width that is no positive integer, or an output stride out of reach
 *
 * Source: He et al. 2016; torchvision's `resnet18` … `resnet101`. The CIFAR stem is SimCLR's (3x3, stride 1, no pooling).
 *
 * @example
 * const backbone = resNet({ depth: 18, width: 16, stem: 'cifar' }, key(0));
 * backbone.forward(tf.zeros([2, 32, 32, 3]), 'eval').shape; // [2, 128]
 * backbone.forwardTaps(tf.zeros([2, 32, 32, 3]), 'eval', ['stage2', 'pooled']).stage2.shape; // [2, 16, 16, 32]
 */
export function resNet(options: ResNetOptions, key: Key): Backbone {
  check(options);
  const { statistics, zeroLastGamma = false } = options;
  const { block, depths } = ARCHITECTURES[options.depth];
  const { stride: stemStride, pool } = STEMS[options.stem];
  const forms = stageForms(pool ? 2 * stemStride : stemStride, options.reduction);
  const parameters = new Parameters(key);
  const layers: [name: string, layer: Layer][] = [
    ['stem', stem(parameters, options.stem, options.width, statistics)],
  ];
  let inputs = options.width;
  depths.forEach((depth, stage) => {
    const { stride, dilation, firstDilation } = forms[stage];
    for (let index = 0; index < depth; index++) {
      const name = `layer${stage + 1}.${index}`;
      const layer = block(parameters.within(name), {
        inputs,
        width: options.width * 2 ** stage,
        stride: index === 0 ? stride : 1,
        dilation,
        firstDilation: index === 0 ? firstDilation : dilation,
        statistics,
        lastGamma: zeroLastGamma ? 'zeros' : 'ones',
      });
      layers.push([name, layer]);
      inputs = options.width * 2 ** stage * block.expansion;
    }
  });
  const taps = tapsOf(depths);

  const run = (images: Tensor, mode: Mode, wanted?: Taps): Tensor => {
    checkShape(images, ['N', 'H', 'W', 3], 'resNet: images');
    let x = images;
    for (const [index, [name, layer]] of layers.entries()) {
      x = layer(x, mode);
      const stage = /^layer(\d)/.exec(name)?.[1];
      const endsStage = stage !== undefined && stage !== layers[index + 1]?.[0][5];
      wanted?.keep(name, x);
      if (endsStage) wanted?.keep(`stage${stage}`, x);
      if (wanted?.done) return x;
    }
    return x;
  };
  const pooled = (map: Tensor): Tensor2D => tf.mean(map, [1, 2]);
  return {
    name: nameOf(options),
    parameters,
    features: inputs,
    taps,
    featureMap: (images, mode) => run(images, mode),
    forward: (images, mode) => pooled(run(images, mode)),
    forwardTaps: (images, mode, names) => {
      const wanted = new Taps('resNet', taps, names);
      const map = run(images, mode, wanted);
      if (!wanted.done) wanted.keep('pooled', pooled(map));
      return wanted.all(names);
    },
  };
}

function tapsOf(depths: readonly number[]): string[] {
  const stages = depths.flatMap((depth, stage) => [
    ...Array.from({ length: depth }, (_, index) => `layer${stage + 1}.${index}`),
    `stage${stage + 1}`,
  ]);
  return ['stem', ...stages, 'pooled'];
}

function nameOf({ depth, width, stem: kind, reduction, zeroLastGamma, statistics }: ResNetOptions): string {
  const departures = [
    reduction && `stride${reduction.outputStride}-${reduction.by}`,
    zeroLastGamma && 'zero-gamma',
    typeof statistics === 'object' && `devices${statistics.devices}`,
    statistics === 'frozen' && 'frozen-statistics',
  ];
  return [`resnet${depth}-w${width}-${kind}`, ...departures.filter(Boolean)].join('-');
}

function check(options: ResNetOptions): void {
  const { depth, width, stem: kind, statistics = 'synchronised' } = options;
  checkOptions('resNet', options, OPTIONS);
  if (!Object.hasOwn(ARCHITECTURES, depth)) {
    throw new Error(`resNet: depth must be one of ${Object.keys(ARCHITECTURES).join(', ')}, got ${depth}.`);
  }
  if (!Number.isInteger(width) || width < 1) {
    throw new Error(`resNet: width must be a positive integer, got ${width}.`);
  }
  if (!Object.hasOwn(STEMS, kind)) {
    const names = Object.keys(STEMS).map((name) => `'${name}'`);
    throw new Error(`resNet: stem must be one of ${names.join(', ')}, got '${kind}'.`);
  }
  if (typeof statistics === 'string' && !['synchronised', 'frozen'].includes(statistics)) {
    throw new Error(
      `resNet: statistics must be 'synchronised', 'frozen' or { devices }, got '${statistics}'.`,
    );
  }
}
