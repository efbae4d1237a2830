import {
  caformer,
  mlpHead,
  resNet,
  vit,
  type Backbone,
  type CaformerOptions,
  type Head,
  type MlpHeadOptions,
  type Mode,
  type Parameters,
  type ResNetOptions,
  type VitOptions,
} from '@fovea/backbones';
import { fold, type Key } from '@fovea/random';
import {
  emaUpdate,
  tf,
  type Scalar,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  type Variable,
} from '@fovea/tensorflow';

/** Any backbone: ResNet options as they are, a vision transformer's with `kind: 'vit'`, a CAFormer's with `kind: 'caformer'`, or a function that makes another one. */
export type BackboneOptions =
  | ({ readonly kind?: 'resnet' } & ResNetOptions)
  | ({ readonly kind: 'vit' } & VitOptions)
  | ({ readonly kind: 'caformer' } & CaformerOptions)
  | { readonly kind: 'custom'; build(key: Key): Backbone };

/** A projector or predictor; its inputs follow from what comes before it. */
export type HeadOptions = Omit<MlpHeadOptions, 'inputs'>;

/** A backbone and its projector. */
export interface Encoder {
  readonly backbone: Backbone;
  readonly projector: Head;
}

/**
 * Over what batch norm takes its statistics in training: all views of one resolution together, as where they are one batch (SimCLR, SwAV,
 * DINO, BAM), or each view alone, as where each has a forward pass (MoCo v3, BYOL, SimSiam, Barlow Twins, VICReg).
 */
export type ViewStatistics = 'joint' | 'per-view';

/** Networks by name. */
export type Modules = Readonly<Record<string, { readonly parameters: Parameters }>>;

/** A network of its own that follows another one. */
export interface Teacher<Network> {
  readonly network: Network;
  /** teacher <- momentum teacher + (1 - momentum) student; weights alone, running statistics stay the teacher's own. */
  move(momentum: Scalar | number): void;
}

/** The backbone of some options. */
export function backboneOf(options: BackboneOptions, key: Key): Backbone {
  if (options.kind === 'custom') return options.build(key);
  const { kind = 'resnet', ...own } = options;
  if (kind === 'vit') return vit(own as VitOptions, key);
  if (kind === 'caformer') return caformer(own as CaformerOptions, key);
  if (kind === 'resnet') return resNet(own as ResNetOptions, key);
  throw new Error(`backboneOf: kind must be 'resnet', 'vit', 'caformer' or 'custom', got '${String(kind)}'.`);
}

/** A backbone with a multi-layer perceptron, drawn from keys of their own: learners of one key share their start. */
export function encoderOf(
  options: { readonly backbone: BackboneOptions; readonly projector: HeadOptions },
  key: Key,
): Encoder {
  const backbone = backboneOf(options.backbone, fold(key, 'backbone'));
  const inputs = backbone.features;
  return { backbone, projector: mlpHead({ inputs, ...options.projector }, fold(key, 'projector')) };
}

/**
 * A second network with the first one's weights, which then follows them.
 *
 * @param student - the networks that are copied
 * @param build - makes networks of the same shapes
 */
export function teacherOf<Network extends object>(student: Network, build: () => Network): Teacher<Network> {
  const network = build();
  const [own, followed] = [
    weightsOf(network as unknown as Modules),
    weightsOf(student as unknown as Modules),
  ];
  emaUpdate(own, followed, 0);
  return {
    network,
    move: (momentum) => {
      emaUpdate(own, followed, momentum);
    },
  };
}

/** The first `count` views, all of one resolution: [count, B, H, W, 3]. */
export function globalViews([first]: readonly Tensor[], count: number): Tensor {
  const [views, ...shape] = first.shape;
  if (views < count)
    throw new Error(`globalViews: the first resolution has ${views} views, ${count} are needed.`);
  return views === count ? first : tf.slice(first, [0, 0, 0, 0, 0], [count, ...shape]);
}

/** All further views than the first `count`, one tensor a resolution. */
export function localViews([first, ...others]: readonly Tensor[], count: number): Tensor[] {
  const [views, ...shape] = first.shape;
  const rest = views > count ? [tf.slice(first, [count, 0, 0, 0, 0], [views - count, ...shape])] : [];
  return [...rest, ...others];
}

/** Pooled features [V, B, F] of views [V, B, H, W, 3] of one or several resolutions; one pass a resolution, or a view. */
export function featuresOf(
  backbone: Backbone,
  views: Tensor | readonly Tensor[],
  mode: Mode,
  statistics: ViewStatistics = 'joint',
): Tensor3D {
  const groups = 'shape' in views ? [views] : views;
  const passes =
    statistics === 'joint' ? groups : groups.flatMap((group) => tf.split(group, group.shape[0] as number));
  const batch = groups[0].shape[1] as number;
  const rows = passes.map((pass) => {
    const [count, , height, width, channels] = pass.shape;
    return backbone.forward(tf.reshape(pass, [count * batch, height, width, channels]), mode);
  });
  return tf.reshape(rows.length === 1 ? rows[0] : tf.concat(rows), [-1, batch, backbone.features]);
}

/** The views of [V, B, D] one by one, each [B, D]. */
export function eachView(z_VBD: Tensor3D | Tensor): Tensor2D[] {
  const [views, batch, width] = z_VBD.shape;
  const parts = views === 1 ? [z_VBD] : tf.split(z_VBD, views);
  return parts.map((part) => tf.reshape(part, [batch, width]));
}

/** A head over the rows of [V, B, F], in one pass or one a view: [V, B, head.outputs]. */
export function applyHead(
  head: Head,
  features_VBF: Tensor3D,
  mode: Mode,
  statistics: ViewStatistics = 'joint',
): Tensor3D {
  const [views, batch, width] = features_VBF.shape;
  const passes = statistics === 'joint' ? [features_VBF] : eachView(features_VBF);
  const rows = passes.map((pass) => head.forward(tf.reshape(pass, [-1, width]), mode));
  return tf.reshape(rows.length === 1 ? rows[0] : tf.concat(rows), [views, batch, head.outputs]);
}

/**
 * Embeddings [V, B, D] of views [V, B, H, W, 3] of one or several resolutions.
 *
 * One pass of the backbone a resolution and one of the projector over everything, so that batch statistics are those of all views
 * together; or, `per-view`, one pass of both a view.
 */
export function embed(
  { backbone, projector }: Encoder,
  views: Tensor | readonly Tensor[],
  mode: Mode,
  statistics: ViewStatistics = 'joint',
): Tensor3D {
  return applyHead(projector, featuresOf(backbone, views, mode, statistics), mode, statistics);
}

/** Trained variables of networks by name: `backbone.layer1.0.conv1.weight`. */
export function weightsOf(modules: Modules, prefix = ''): Map<string, Variable> {
  return collect(modules, prefix, ({ weights }) => [...weights]);
}

/** Trained variables and running statistics of networks by name. */
export function stateOf(modules: Modules, prefix = ''): Map<string, Variable> {
  return collect(modules, prefix, ({ weights, statistics }) => [...weights, ...statistics]);
}

/** Frees the variables of networks. */
export function disposeModules(modules: Modules): void {
  for (const { parameters } of Object.values(modules)) parameters.dispose();
}

function collect(
  modules: Modules,
  prefix: string,
  variables: (parameters: Parameters) => [string, Variable][],
): Map<string, Variable> {
  return new Map(
    Object.entries(modules).flatMap(([module, { parameters }]) =>
      variables(parameters).map(([name, variable]) => [`${prefix}${module}.${name}`, variable] as const),
    ),
  );
}
