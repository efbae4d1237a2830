import { openViewSource } from '@fovea/augment';
import { fold, key, Stream, type Key } from '@fovea/random';
import { ready, tf, type Tensor } from '@fovea/tensorflow';
import { UpdateStep } from '@fovea/train';
import { buildLearner, type Subject } from './build-learner.ts';
import { armOf, type Experiment } from './experiment.ts';
import { PUBLISHED_IMAGES, SETTINGS, type Sources } from './published-recipe.ts';
import type { RunConfig } from './run-config.ts';
import { optimiserOf, trainingSchedules } from './training-schedules.ts';

/** What a dry run does. */
export interface DryRunRequest {
  readonly experiment: Experiment;
  /** Default: every arm. */
  readonly arms?: readonly string[];
  /** Images of the step; default 2. */
  readonly batch?: number;
  /** Whether the network is built and takes its step; otherwise the schedules alone are checked. Default: every arm. */
  readonly steps?: (arm: string) => boolean;
}

/** What a dry run found of one arm. */
export interface DryRun {
  readonly arm: string;
  readonly config: RunConfig;
  readonly sources: Sources | null;
  readonly stepsPerEpoch: number;
  /** Learning rate of the first step, the first step after the warm-up, and the last one. */
  readonly learningRate: readonly [first: number, peak: number, last: number];
  readonly weightDecay: readonly [first: number, last: number];
  /** Values of the method's own schedules at the first and the last step: teacher momentum and others. */
  readonly schedules: Readonly<Record<string, readonly [first: number, last: number]>>;
  /** Null where the network was not built. */
  readonly step: {
    readonly batch: number;
    readonly parameters: { readonly backbone: number; readonly trained: number };
    /** Null for the untrained network, which takes no step. */
    readonly loss: number | null;
    /** Rows of memory banks, where they are fewer than published. */
    readonly bank: number | null;
    readonly seconds: number;
  } | null;
}

/**
 * Checks the `paper` profile without its data: for each arm the end points of the schedules, then the network in its full published size,
 * one step on views of random images and a finite loss.
 *
 * What is smaller than published: the batch, and memory banks, whose rows are images of the set.
 *
 * @throws Error for an arm whose schedules miss their end points, or whose loss is not finite
 */
export async function* dryRun(request: DryRunRequest): AsyncGenerator<DryRun> {
  const { experiment, batch = 2, steps = () => true } = request;
  await ready();
  for (const name of request.arms ?? Object.keys(experiment.arms)) {
    const arm = armOf(experiment, name);
    const config = arm.config('paper');
    const ends = endPoints(name, config);
    const step = steps(name) ? await oneStep(name, config, batch, ends.stepsPerEpoch) : null;
    const { schedules = {}, ...rest } = step ?? {};
    yield {
      arm: name,
      config,
      sources: arm.sources ?? null,
      ...ends,
      schedules,
      step: step === null ? null : (rest as DryRun['step']),
    };
  }
}

/** @throws Error when a schedule misses its end points */
function endPoints(
  name: string,
  { training, data }: RunConfig,
): Pick<DryRun, 'stepsPerEpoch' | 'learningRate' | 'weightDecay'> {
  if (data.name !== 'photographs') throw new Error(`dryRun: ${name} has no photographs at profile paper.`);
  const stepsPerEpoch = Math.floor(PUBLISHED_IMAGES[data.pretraining] / training.batch);
  const { epochs, warmupEpochs, warmupStart, learningRate: peak, finalRate, decay } = training;
  const { learningRate, weightDecay } = trainingSchedules(training, stepsPerEpoch);
  const last = epochs * stepsPerEpoch - 1;
  const rates = [learningRate(0), learningRate(warmupEpochs * stepsPerEpoch), learningRate(last)] as const;
  const decays = [weightDecay(0), weightDecay(last)] as const;
  const drops = decay === 'cosine' ? 0 : decay.atEpochs.length;
  const expected = decay === 'cosine' ? finalRate : peak * decay.factor ** drops;
  const checks: readonly [what: string, is: number, should: number][] = [
    ['first learning rate', rates[0], warmupEpochs > 0 ? warmupStart : peak],
    ['learning rate after the warm-up', rates[1], peak],
    ['last learning rate', rates[2], expected],
    ['first weight decay', decays[0], training.weightDecay[0]],
    ['last weight decay', decays[1], training.weightDecay[1]],
  ];
  for (const [what, is, should] of checks) {
    // A cosine's last step lies one short of its end.
    if (Math.abs(is - should) > 1e-4 * Math.max(peak, should)) {
      throw new Error(`dryRun: ${name}: the ${what} is ${is}, not ${should}.`);
    }
  }
  return { stepsPerEpoch, learningRate: rates, weightDecay: decays };
}

type Step = NonNullable<DryRun['step']> & Pick<DryRun, 'schedules'>;

async function oneStep(name: string, config: RunConfig, batch: number, stepsPerEpoch: number): Promise<Step> {
  const started = performance.now();
  const root = key(0);
  const { bank, config: fitting } = withSmallBank(config);
  const subject = buildLearner(fitting, fold(root, 'learner'));
  try {
    const { learner, backbone } = subject;
    const parameters = {
      backbone: sizeOf(backbone.parameters.weights.values()),
      trained: sizeOf((learner?.weights ?? backbone.parameters.weights).values()),
    };
    const steps = config.training.epochs * stepsPerEpoch;
    const schedules = Object.fromEntries(
      Object.entries(learner?.schedules ?? {}).map(([schedule, at]) => [
        schedule,
        [at(0), at((steps - 1) / steps)] as const,
      ]),
    );
    const loss = await lossOf(subject, fitting, batch, steps, root);
    if (loss !== null && !Number.isFinite(loss)) throw new Error(`dryRun: the loss of ${name} is ${loss}.`);
    return { batch, parameters, schedules, loss, bank, seconds: (performance.now() - started) / 1000 };
  } finally {
    subject.dispose();
  }
}

/** Loss of one step on views of random images; of the untrained network the features of one such image. */
async function lossOf(
  { learner, backbone }: Subject,
  config: RunConfig,
  batch: number,
  steps: number,
  root: Key,
): Promise<number | null> {
  const images = randomImages(batch, fold(root, 'images'));
  const { recipe, copyPaste } = config.views;
  if (learner === null) {
    const { size } = recipe.views[0];
    const features = tf.tidy(() => backbone.forward(tf.zeros([1, size, size, 3]), 'eval').dataSync());
    if (!features.every(Number.isFinite)) throw new Error('dryRun: features are not finite.');
    return null;
  }
  const source = openViewSource({
    images,
    recipe,
    batch,
    key: root,
    extras: learner.needs,
    workers: 0,
    planes: halfPlanes(images),
    ...(copyPaste !== null && { paste: copyPaste }),
    ...(copyPaste?.background === 'texture' && { textures: images }),
  });
  const optimiser = optimiserOf(config.training);
  const { clipNorm } = config.training;
  const update = new UpdateStep({
    learner,
    optimiser,
    ...trainingSchedules(config.training, steps / config.training.epochs),
    ...(clipNorm !== null && { clipNorm }),
  });
  try {
    const { views, extras } = await source.batch(0, 0);
    const tensors: { views: Tensor[]; extras: Record<string, Tensor> } = {
      views: views.map(({ data, shape }) => tf.tensor(data, [...shape])),
      extras: Object.fromEntries(
        Object.entries(extras).map(([extra, { data, shape }]) => [
          extra,
          tf.tensor(data, [...shape], data instanceof Int32Array ? 'int32' : 'float32'),
        ]),
      ),
    };
    const { loss } = update.run(tensors, fold(root, 'step'), 0, steps, true);
    tf.dispose(tensors as object as Tensor[]);
    return loss;
  } finally {
    update.dispose();
    optimiser.dispose();
    await source.close();
  }
}

const BANK = 4096;

/** The configuration with memory banks of a few rows: theirs are the images of the set. */
function withSmallBank(config: RunConfig): { readonly bank: number | null; readonly config: RunConfig } {
  const { options } = config.method;
  if (typeof options.images !== 'number') return { bank: null, config };
  const small = { ...options, images: BANK, negatives: Math.min(Number(options.negatives), BANK - 1) };
  return { bank: BANK, config: { ...config, method: { ...config.method, options: small } } };
}

const [HEIGHT, WIDTH] = [256, 320];

/** Noise of a photograph's size. */
function randomImages(length: number, imagesKey: Key) {
  const draw = new Stream(imagesKey);
  const images = new Uint8Array(length * HEIGHT * WIDTH * 3);
  for (let at = 0; at < images.length; at++) images[at] = draw.integer(0, 256);
  return { images, length, height: HEIGHT, width: WIDTH, channels: 3 };
}

/** The left half of every image is salient. */
function halfPlanes({ length }: { readonly length: number }) {
  const planes = new Uint8Array(length * HEIGHT * WIDTH);
  for (let at = 0; at < planes.length; at++) planes[at] = at % WIDTH < WIDTH / 2 ? 255 : 0;
  return { planes, height: HEIGHT, width: WIDTH };
}

function sizeOf(variables: Iterable<{ readonly size: number }>): number {
  let size = 0;
  for (const variable of variables) size += variable.size;
  return size;
}

/** One line: `bam  ViT …: 21.6 M parameters of 57.3 M trained; …`. */
export function describeDryRun({
  arm,
  config,
  stepsPerEpoch,
  learningRate,
  weightDecay,
  schedules,
  step,
  sources,
}: DryRun): string {
  const { training, method, backbone, views, data } = config;
  const number = (value: number): string => String(Number(value.toPrecision(4)));
  const million = (value: number): string => `${(value / 1e6).toFixed(1)} M`;
  const network = networkName(backbone);
  const sizes = new Map<number, number>();
  for (const { size } of views.recipe.views) sizes.set(size, (sizes.get(size) ?? 0) + 1);
  const ends = Object.entries(schedules).map(([name, pair]) => `${name} ${pair.map(number).join(' to ')}`);
  const tags = new Map<string, number>();
  for (const setting of sources === null ? [] : SETTINGS) {
    const tag = (sources as Sources)[setting].split(' ')[0]; // none when null
    tags.set(tag, (tags.get(tag) ?? 0) + 1);
  }
  return [
    `${arm}  ${method.name}, ${network}`,
    ...(step === null
      ? []
      : [
          `${million(step.parameters.backbone)} parameters, ${million(step.parameters.trained)} with heads`,
          step.loss === null
            ? 'no step'
            : `one step at batch ${step.batch} of ${training.batch}: loss ${number(step.loss)}`,
          ...(step.bank === null ? [] : [`bank ${step.bank} of ${String(method.options.images)} rows`]),
        ]),
    `views ${[...sizes].map(([size, count]) => `${count} x ${size}`).join(' + ')}`,
    `${data.name === 'photographs' ? data.pretraining : data.name}, ${training.epochs} epochs of ${stepsPerEpoch} steps`,
    `${training.optimiser.name} ${learningRate.map(number).join(' to ')}, weight decay ${weightDecay.map(number).join(' to ')}`,
    ...ends,
    ...(step === null ? [] : [`${step.seconds.toFixed(1)} s`]),
    [...tags].map(([tag, count]) => `${tag} ${count}`).join(' '),
  ].join('; ');
}

/** `ResNet-50`, `ViT small/16`. */
function networkName(backbone: RunConfig['backbone']): string {
  if (backbone.kind === 'vit') return `ViT ${backbone.size}/${backbone.patch}`;
  if (backbone.kind === undefined || backbone.kind === 'resnet') return `ResNet-${backbone.depth}`;
  return backbone.kind;
}

/** A line a setting of an arm's recipe: where it comes from. */
export function describeSources({ sources }: Pick<DryRun, 'sources'>): string {
  if (sources === null) return '';
  return SETTINGS.map((setting) => `    ${setting}: [${sources[setting].replace(' ', '] ')}`).join('\n');
}
