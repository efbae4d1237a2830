/**
 * `npm run bench:saliency-models`: maps of a model on a fresh, a supervised and a self-supervised network, against exact masks, and whether
 * they change when weights are randomised.
 *
 * --quick        12 scenes to measure on, 4 to randomise on, 10 steps of training (weights are kept in the cache)
 * --steps N      steps of training, default 150
 * --json FILE    rows {case, ours, peer, peerName, unit, ratio, samples}, with the tables
 * --record       the same into results/benchmarks/saliency-models.json, and the tables into saliency-models.md beside it
 *
 * Scenes: EmojiScenes of one to three objects on textures, 48 px, every object salient; 96 of the test split. Networks: ResNet-18 of width 8
 * (maps at stage3, 12 x 12) and a vision transformer of four blocks (8 x 8 patches), trained on 1500 scenes of the training split.
 *
 * Randomisation (Adebayo et al. 2018, cascading): the trained weights are replaced by fresh ones from the last stage to the first. Printed are
 * the mean rank correlation and the mean SSIM of a map with itself before. A map that stays the same does not explain the model.
 */
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  emojiScenes,
  loadEmojiSprites,
  MANY_OBJECTS,
  TEXTURE_BACKGROUNDS,
  type RenderedScenes,
} from '@fovea/data';
import { spearman } from '@fovea/eval';
import { workspaceRoot, writeFileAtomic } from '@fovea/files';
import { structuralSimilarity } from '@fovea/saliency';
import { tf, type Tensor3D, type Tensor4D } from '@fovea/tensorflow';
import { emptyRow, figuresOf, measure, measureSlowly } from './saliency-measures.ts';
import { atImageSize, mapsOf, type ModelMap } from './saliency-models-maps.ts';
import { freshModel, stateOf, trainedModel, type Model, type Training } from './saliency-models-networks.ts';
import { markdown, printTable, type SetTable } from './saliency-tables.ts';

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    steps: { type: 'string' },
    json: { type: 'string' },
    record: { type: 'boolean', default: false },
  },
});

const SIZE = 48;
const TRAININGS: readonly Training[] = ['random', 'supervised', 'self-supervised'];

/** Rank correlation and SSIM of a map with itself before randomisation. */
interface Change {
  readonly map: string;
  readonly upTo: string;
  readonly rank: number;
  readonly ssim: number;
}

await main();

async function main(): Promise<void> {
  const steps = Number(flags.steps ?? (flags.quick ? 10 : 150));
  const [count, few] = flags.quick ? [12, 4] : [96, 32];
  const sprites = await loadEmojiSprites('google');
  const recipe = { ...MANY_OBJECTS, size: SIZE, objects: [1, 3] as const };
  const shared = { recipe, seed: 0, sprites, backgrounds: TEXTURE_BACKGROUNDS };
  const training = emojiScenes({ ...shared, split: 'train', length: 1500 }).render();
  const test = emojiScenes({ ...shared, split: 'test', length: count }).render();
  const tables: SetTable[] = [];
  const changes: Record<string, Change[]> = {};
  for (const kind of ['resnet', 'vit'] as const) {
    for (const how of TRAININGS) {
      const model = trainedModel(kind, how, training, steps);
      const table = measured(model, how, test);
      printTable(table);
      tables.push(table);
      if (how !== 'random') {
        const name = `${kind}, ${how}`;
        changes[name] = randomised(model, test, few);
        console.log(`\n${changeText(name, changes[name], few)}`);
      }
      model.backbone.parameters.dispose();
    }
  }
  const record = {
    benchmark: 'saliency-models',
    node: process.version,
    load: loadavg(),
    steps,
    tables,
    changes,
    rows: rowsOf(tables, changes),
  };
  const text = `${JSON.stringify(record, null, 2)}\n`;
  if (flags.json) writeFileAtomic(flags.json, text);
  if (!flags.record) return;
  const folder = join(workspaceRoot(), 'results/benchmarks');
  writeFileAtomic(join(folder, 'saliency-models.json'), text);
  const checks = Object.entries(changes).map(([name, list]) => `## ${changeText(name, list, few, true)}`);
  const page = [markdown(tables, 'Maps of a model', 'bench:saliency-models').trimEnd(), ...checks].join(
    '\n\n',
  );
  writeFileAtomic(join(folder, 'saliency-models.md'), `${page}\n`);
}

/** Images as the networks see them, and as bytes. */
function batchOf(scenes: RenderedScenes, from: number, to: number): [Tensor4D, Uint8Array[]] {
  const bytes = Array.from({ length: to - from }, (_, n) => scenes.image(from + n).data);
  const values = Float32Array.from(
    bytes.flatMap((data) => [...data]),
    (byte) => (byte / 255 - 0.5) / 0.25,
  );
  return [tf.tensor4d(values, [to - from, SIZE, SIZE, 3]), bytes];
}

function mapsAt({ map }: ModelMap, model: Model, images: Tensor4D, bytes: Uint8Array[]): Tensor3D {
  return tf.tidy(() => atImageSize(map(model, images, bytes), [SIZE, SIZE]));
}

/** Every map of a model against the masks. */
function measured(model: Model, how: Training, scenes: RenderedScenes): SetTable {
  const lines = mapsOf(model.kind).map((map) => {
    const row = emptyRow({ name: map.name, map: () => ({ data: new Float32Array(0), width: 0, height: 0 }) });
    for (let from = 0; from < scenes.length; from += 24) {
      const to = Math.min(scenes.length, from + 24);
      const [images, bytes] = batchOf(scenes, from, to);
      const start = process.cpuUsage();
      const maps = mapsAt(map, model, images, bytes);
      const data = maps.dataSync<'float32'>();
      const { user, system } = process.cpuUsage(start);
      for (let n = 0; n < to - from; n++) {
        row.milliseconds.push((user + system) / 1000 / (to - from));
        const own = { data: data.slice(n * SIZE * SIZE, (n + 1) * SIZE * SIZE), width: SIZE, height: SIZE };
        const mask = scenes.plane(from + n).data.map((value) => Number(value > 0));
        measure(own, mask, row);
        measureSlowly(own, mask, row);
      }
      tf.dispose([maps, images]);
    }
    return { name: map.name, figures: figuresOf(row) };
  });
  const title = `${model.kind}, ${how}, EmojiScenes at ${SIZE} px`;
  return { set: `${model.kind} ${how}`, title, images: scenes.length, of: scenes.length, lines, order: [] };
}

/** How each map changes while the weights of stage after stage are replaced, the last first. */
function randomised(model: Model, scenes: RenderedScenes, count: number): Change[] {
  const [images, bytes] = batchOf(scenes, 0, count);
  const list = mapsOf(model.kind);
  const before = list.map((map) => mapsAt(map, model, images, bytes));
  const fresh = freshModel(model.kind, 1);
  const replacement = stateOf(fresh);
  const own = stateOf(model);
  const kept = new Map([...own].map(([name, variable]) => [name, variable.clone()]));
  const changes: Change[] = [];
  for (const { name: upTo, holds } of stagesOf(model)) {
    for (const [name, variable] of own) {
      const other = replacement.get(name);
      if (other && holds(name)) tf.tidy(() => variable.assign(other.clone()));
    }
    list.forEach((map, index) => {
      const after = mapsAt(map, model, images, bytes);
      changes.push({ map: map.name, upTo, ...similarity(before[index], after) });
      after.dispose();
    });
  }
  for (const [name, variable] of own) variable.assign(kept.get(name) ?? variable);
  tf.dispose([images, ...before, ...kept.values()]);
  fresh.backbone.parameters.dispose();
  return changes;
}

function stagesOf(model: Model): { name: string; holds: (name: string) => boolean }[] {
  if (model.kind === 'resnet')
    return [
      ...[4, 3, 2, 1].map((stage) => ({
        name: `layer${stage}`,
        holds: (name: string) => name.startsWith(`layer${stage}.`),
      })),
      { name: 'stem', holds: (name) => !name.startsWith('layer') },
    ];
  return [
    ...Array.from({ length: model.backbone.depth }, (_, index) => {
      const block = model.backbone.depth - 1 - index;
      return { name: `block${block}`, holds: (name: string) => name.startsWith(`blocks.${block}.`) };
    }),
    { name: 'embedding', holds: (name) => !name.startsWith('blocks.') },
  ];
}

function similarity(before: Tensor3D, after: Tensor3D): { rank: number; ssim: number } {
  const [N, H, W] = before.shape;
  const [a, b] = [before.dataSync(), after.dataSync()];
  const size = H * W;
  const ranks = Array.from({ length: N }, (_, n) =>
    rankCorrelation(a.slice(n * size, (n + 1) * size), b.slice(n * size, (n + 1) * size)),
  );
  const ssim = tf.tidy(
    () => structuralSimilarity(before.expandDims(3), after.expandDims(3)).mean().dataSync()[0],
  );
  return { rank: ranks.reduce((sum, value) => sum + value, 0) / N, ssim };
}

/** 0 where one of the two maps is constant: nothing of the order is left. */
function rankCorrelation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const isConstant = (values: ArrayLike<number>): boolean =>
    Array.prototype.every.call(values, (value) => value === values[0]);
  return isConstant(a) || isConstant(b) ? 0 : spearman(a, b);
}

function changeText(name: string, changes: readonly Change[], count: number, isMarkdown = false): string {
  const stages = [...new Set(changes.map(({ upTo }) => upTo))];
  const maps = [...new Set(changes.map(({ map }) => map))];
  const cells = (map: string): string[] =>
    stages.map((stage) => {
      const change = changes.find(({ map: own, upTo }) => own === map && upTo === stage);
      return change ? `${change.rank.toFixed(2)} / ${change.ssim.toFixed(2)}` : '';
    });
  const head = `${name}: rank correlation / SSIM with the map before, randomised down to each stage (${count} scenes)`;
  const lines = [
    ['map', ...stages],
    ...(isMarkdown ? [['---', ...stages.map(() => '---')]] : []),
    ...maps.map((map) => [map, ...cells(map)]),
  ];
  const text = lines.map(([first, ...rest]) =>
    isMarkdown
      ? `| ${[first, ...rest].join(' | ')} |`
      : first.padEnd(34) + rest.map((cell) => cell.padStart(14)).join(''),
  );
  return `${head}\n\n${text.join('\n')}`;
}

function rowsOf(tables: readonly SetTable[], changes: Readonly<Record<string, readonly Change[]>>): object[] {
  const none = { peer: null, peerName: null, ratio: null };
  return [
    ...tables.flatMap(({ set, images, lines }) =>
      lines.flatMap(
        ({ name, figures }) =>
        (['F-max', 'IoU', 'PxAP', 'pointing', 'energy'] as const).map((unit) => ({
          case: `${set}: ${name}: ${unit}`, ours: figures[unit], unit, samples: images, ...none,
        })), // prettier-ignore
      ),
    ),
    ...Object.entries(changes).flatMap(
      ([name, list]) =>
      list.map(({ map, upTo, rank }) => ({
        case: `${name}: ${map}: randomised to ${upTo}`, ours: rank, unit: 'rank correlation', samples: null, ...none,
      })), // prettier-ignore
    ),
  ];
}
