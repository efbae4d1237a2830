import { fineTunePresets, type FineTuneRecipe } from '../fine-tuning/fine-tune-presets.ts';
import { linearPresets, type LinearRecipe } from '../linear/linear-presets.ts';
import { corruptionConstants, corruptionTypes } from '../robustness/corruption-constants.ts';
import { transferSets } from '../transfer/transfer-sets.ts';
import { voc07Costs, voc07Shots } from '../svm/voc07-svm.ts';

/** A table of the protocol page. */
export interface ProtocolTable {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const LINEAR_SOURCES: Readonly<Record<keyof typeof linearPresets, string>> = {
  moco: 'MoCo v1/v2, InsDis, DiLo; OpenSelfSup last layer',
  'openselfsup-multihead': 'OpenSelfSup, ImageNet and Places heads on five stages',
  'openselfsup-places205': 'OpenSelfSup, Places205',
  'openselfsup-inat18': 'OpenSelfSup, iNaturalist 2018',
  swav: 'SwAV eval_linear.py',
  dino: 'DINO, BAM eval_linear.py: 0.001 a 256 images',
  'mocov3-resnet': 'MoCo v3 main_lincls.py: 0.1 a 256 images',
  'mocov3-vit': 'MoCo v3 main_lincls.py: 3 a 256 images',
  simsiam: 'SimSiam main_lincls.py: LARS, 0.1 a 256 images',
  'twist-resnet': 'TWIST linear script',
  'solo-in100': 'solo-learn, ImageNet-100',
  vissl: 'VISSL, 28 epochs',
  standard: 'ours, for small runs',
};

const FINE_TUNE_SOURCES: Readonly<Record<keyof typeof fineTunePresets, string>> = {
  'openselfsup-grid': 'OpenSelfSup semi-supervised grid',
  swav: 'SwAV eval_semisup.py',
  twist: 'TWIST fine-tuning script; its batch is not recorded',
  vissl: 'VISSL; full fine-tuning at 0.1 a 256 images',
};

/** The tables of `docs/protocols.md` that follow from constants in code, so that page and code cannot differ. */
export function protocolTables(): readonly ProtocolTable[] {
  return [
    {
      title: 'Linear presets',
      columns: [
        'preset',
        'optimiser',
        'learning rate',
        'batch',
        'epochs',
        'schedule',
        'weight decay',
        'features',
        'source',
      ],
      rows: Object.entries<LinearRecipe>(linearPresets).map(([name, recipe]) => [
        `\`${name}\``,
        `${recipe.optimiser === 'lars' ? 'LARS' : 'SGD'} ${recipe.momentum}${recipe.nesterov ? ' Nesterov' : ''}`,
        String(recipe.lr),
        String(recipe.batch),
        String(recipe.epochs),
        schedule(recipe.schedule),
        String(recipe.weightDecay),
        recipe.scale,
        LINEAR_SOURCES[name as keyof typeof linearPresets],
      ]),
    },
    {
      title: 'Fine-tuning presets',
      columns: [
        'preset',
        'share',
        'backbone rate',
        'head rate',
        'batch',
        'epochs',
        'schedule',
        'weight decay',
        'source',
      ],
      rows: Object.entries(fineTunePresets).flatMap(([name, shares]) =>
        Object.entries<readonly FineTuneRecipe[]>(shares)
          .filter(([, recipes]) => recipes.length > 0)
          .map(([share, recipes]) => [
            `\`${name}\``,
            share.replace('%', ' %'),
            values(recipes.map(({ backboneLr }) => backboneLr)),
            recipes.length > 1
              ? `x ${values(recipes.map(({ headLr, backboneLr }) => Math.round(headLr / backboneLr)))}`
              : String(recipes[0].headLr),
            String(recipes[0].batch),
            String(recipes[0].epochs),
            schedule(recipes[0].schedule),
            String(recipes[0].weightDecay),
            FINE_TUNE_SOURCES[name as keyof typeof fineTunePresets],
          ]),
      ),
    },
    {
      title: 'Transfer sets',
      columns: ['set', 'data', 'classes', 'reported', 'train, choice, test', 'layout'],
      rows: Object.entries(transferSets).map(([name, set]) => [
        `\`${name}\``,
        set.name,
        String(set.classes),
        set.score,
        set.splits,
        set.layout,
      ]),
    },
    {
      title: 'VOC07',
      columns: ['constant', 'values', 'source'],
      rows: [
        [
          'costs',
          voc07Costs
            .map((cost) => (cost < 0.1 ? `0.5^${Math.round(-Math.log2(cost))}` : String(cost)))
            .join(', '),
          'OpenSelfSup svm_tools',
        ],
        ['shots', voc07Shots.join(', '), 'VISSL, OpenSelfSup low-shot'],
      ],
    },
    ...Object.entries(corruptionConstants).map(([name, constants]) => ({
      title: `Corruptions: ${name}`,
      columns: ['type', ...[1, 2, 3, 4, 5].map((severity) => `severity ${severity}`)],
      rows: corruptionTypes.map((type) => [
        type,
        ...constants[type].map((row) => row.map((value) => Number(value.toPrecision(4))).join(', ')),
      ]),
    })),
  ];
}

function schedule(which: LinearRecipe['schedule']): string {
  return which === 'cosine' ? 'cosine to 0' : `x${which.factor} at ${which.at.join(', ')}`;
}

function values(all: readonly number[]): string {
  const own = [...new Set(all)];
  return own.length === 1 ? String(own[0]) : `{${own.join(', ')}}`;
}
