import type { ViewsRecipe } from '@fovea/augment';
import type { LinearPreset } from '@fovea/eval';
import type { BackboneOptions } from '@fovea/methods';
import { experimentMethod } from './experiment-methods.ts';
import { methodConfig } from './method-config.ts';
import type { RunConfig, TrainingConfig } from './run-config.ts';
import { evaluation, views } from './scales.ts';

/**
 * How a setting is known. `CODE`: read in a public repository. `TEXT`: read in the paper's abstract. `2ND`: read in a secondary source.
 * `MEM`: general knowledge, not checked. `RECON`: a reconstruction where the paper's text was not readable. `OURS`: our choice.
 */
export type SourceTag = 'CODE' | 'TEXT' | '2ND' | 'MEM' | 'RECON' | 'OURS';

/** A setting of a recipe that its sources are told for. */
export const SETTINGS = [
  'backbone',
  'views',
  'epochs',
  'batch',
  'optimiser',
  'learning rate',
  'schedule',
  'weight decay',
  'clipping',
  'method',
  'linear evaluation',
] as const;

export type Setting = (typeof SETTINGS)[number];

/** Where each setting comes from: a tag and the name of the source, `CODE facebookresearch/moco`. */
export type Sources = Readonly<Record<Setting, `${SourceTag} ${string}`>>;

/** A published pretraining recipe. */
export interface PublishedRecipe {
  /** Name of the method in the registry. */
  readonly method: string;
  readonly pretraining: 'imagenet' | 'coco';
  readonly backbone: BackboneOptions;
  readonly recipe: ViewsRecipe;
  readonly training: TrainingConfig;
  /** What differs from the registry's defaults, which are the paper's heads and constants. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly linear: LinearPreset;
  readonly sources: Sources;
}

/** Images of the pretraining sets: their steps an epoch do not need the data. */
export const PUBLISHED_IMAGES = { imagenet: 1_281_167, coco: 118_287 } as const;

/** Share of ImageNet's features that kNN keeps, as BAM's monitor does. */
const BANK_SHARE = 0.1;

/** What an arm has beside the published recipe. */
export interface PublishedChanges {
  readonly method?: string;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly views?: Partial<RunConfig['views']>;
  readonly training?: Partial<TrainingConfig>;
  readonly backbone?: BackboneOptions;
  /** Default: ImageNet's labels. */
  readonly evaluation?: 'imagenet' | 'voc07';
}

/** A run of a published recipe, with what an arm changes. */
export function publishedRun(published: PublishedRecipe, changes: PublishedChanges = {}): RunConfig {
  const { pretraining, backbone, recipe, training, options, linear } = published;
  const { method = published.method } = changes;
  const evaluated = changes.evaluation ?? 'imagenet';
  return {
    method: methodConfig(method, {}, { ...options, ...changes.options }),
    backbone: changes.backbone ?? backbone,
    data: {
      name: 'photographs',
      pretraining,
      evaluation: evaluated,
      bankShare: evaluated === 'imagenet' ? BANK_SHARE : 1,
    },
    views: views(recipe, changes.views),
    training: { ...training, ...changes.training },
    evaluation: evaluation({
      linear,
      linearOn: 'images',
      fineTuning:
        evaluated === 'imagenet' ? { preset: 'openselfsup-grid', epochs: null, percent: [1, 10] } : null,
    }),
  };
}

/** Where the settings come from once an arm has changed some of them. */
export function sourcesOf({ sources }: PublishedRecipe, changes: PublishedChanges): Sources {
  const { method, options = {}, views: changed = {}, training, backbone } = changes;
  const own: Partial<Record<Setting, Sources[Setting]>> = {};
  if (method !== undefined) {
    own.method = `RECON ${experimentMethod(method).reconstruction?.replaceAll(' [RECON]', '') ?? 'of the paper'}`;
  } else if (Object.keys(options).length > 0 && !sources.method.startsWith('RECON')) {
    own.method = `OURS an ablation of ${sources.method.replace(/^\w+ /, '')}`;
  }
  if (changed.copyPaste) {
    own.views =
      'RECON order and boundary of the pasting; probability and background as secondary notes report them';
  } else if (changed.boxes) {
    own.views = 'CODE DanielShalam/BAM: boxes after 40 epochs, renewed every 40';
  }
  if (training !== undefined) {
    own.batch = 'OURS an ablation';
    own['learning rate'] = 'OURS in proportion to the batch';
  }
  if (backbone !== undefined) own.backbone = 'OURS the network of another recipe';
  return { ...sources, ...own };
}

/** The network of a published recipe before its first step, evaluated in the same way. */
export function publishedStart(published: PublishedRecipe, changes: PublishedChanges = {}): RunConfig {
  return { ...publishedRun(published, changes), method: { name: 'untrained', options: {} } };
}
