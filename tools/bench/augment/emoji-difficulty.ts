/**
 * `npm run measure:emoji-scenes`: how hard EmojiScenes are. A ResNet-18 of width 16 under supervision, and nearest neighbours by raw pixels and by colour
 * histograms, on scenes of known drawings, of new drawings and of new drawings in another style; the most frequent class is below 9 %.
 *
 * --scenes N   training scenes (default 8000)
 * --epochs N   default 12
 * --json FILE  the figures
 *
 * With the defaults (four minutes on one core) the figures go to libs/data/lists/emoji-scenes-difficulty.json and into the table of libs/data/README.md.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openViewSource, type ViewRecipe } from '@fovea/augment';
import { resNet } from '@fovea/backbones';
import { emojiScenes, type ImageSet, loadEmojiSprites, ONE_OBJECT, TEXTURE_BACKGROUNDS } from '@fovea/data';
import { workspaceRoot, writeFileAtomic } from '@fovea/files';
import type { Learner } from '@fovea/methods';
import { fold, key } from '@fovea/random';
import { provenance } from '@fovea/results';
import { backendInfo, tf, type Tensor2D, type Tensor4D } from '@fovea/tensorflow';
import { adamW, fit } from '@fovea/train';

const { values: flags } = parseArgs({
  options: {
    scenes: { type: 'string', default: '8000' },
    epochs: { type: 'string', default: '12' },
    json: { type: 'string' },
  },
});
const [scenes, epochs] = [Number(flags.scenes), Number(flags.epochs)];
const keep = scenes === 8000 && epochs === 12;

const statistics = { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] } as const;
const view: ViewRecipe = {
  size: ONE_OBJECT.size,
  crop: { scale: [0.7, 1], ratio: [3 / 4, 4 / 3], interpolation: 'bilinear' },
  flip: 0.5,
  jitter: null, // the scenes have changes of colour and light of their own
  grayscale: 0,
  blur: null,
  solarize: null,
  normalize: statistics,
};

const [google, twitter] = [await loadEmojiSprites('google'), await loadEmojiSprites('twitter')];
const make = (split: 'train' | 'test', length: number, seed: number, sprites = google): ImageSet =>
  emojiScenes({
    recipe: ONE_OBJECT,
    split,
    length,
    seed,
    sprites,
    backgrounds: TEXTURE_BACKGROUNDS,
  }).render();
const startedAt = new Date();
const started = performance.now();
const train = make('train', scenes, 0);
console.log(`${((scenes * 1000) / (performance.now() - started)).toFixed(0)} scenes a second on one thread`);
const tests = {
  'known drawings': make('train', 1000, 1),
  'new drawings': make('test', 1000, 2),
  'new drawings, other style': make('test', 1000, 2, twitter),
};

const MARKER = '<!-- written by npm run measure:emoji-scenes -->';
const accuracies: Record<string, Record<string, number>> = {
  'nearest neighbour by raw pixels': nearest(pixels),
  'nearest neighbour by colour histograms': nearest(histogram),
  'ResNet-18 of width 16, supervised': await supervised(),
};
for (const [name, row] of Object.entries(accuracies)) {
  console.log(`${name}: ${Object.entries(row).map(([test, value]) => `${test} ${(100 * value).toFixed(1)} %`).join(', ')}`);
} // prettier-ignore
const made = provenance({ command: 'npm run measure:emoji-scenes', startedAt, backend: backendInfo() });
const { cpu, ...run } = made;
const machine = { model: cpu.model, cores: cpu.cores };
const json = `${JSON.stringify({ scenes, epochs, accuracies, provenance: { ...run, cpu: machine } }, null, 2)}\n`;
if (flags.json !== undefined) writeFileAtomic(flags.json, json);
if (keep) {
  const data = join(workspaceRoot(), 'libs/data');
  writeFileAtomic(join(data, 'lists/emoji-scenes-difficulty.json'), json);
  const readme = readFileSync(join(data, 'README.md'), 'utf8');
  const [before, rest] = readme.split(`${MARKER}\n\n`);
  const after = rest.slice(rest.indexOf('\n\n'));
  writeFileAtomic(join(data, 'README.md'), `${before}${MARKER}\n\n${table(accuracies)}${after}`);
}

/** The table of the README. */
function table(rows: Record<string, Record<string, number>>): string {
  const width = Math.max(...Object.keys(rows).map((name) => name.length));
  const columns = Object.keys(tests);
  const line = (name: string, cells: readonly string[]): string =>
    `| ${name.padEnd(width)} | ${cells.map((cell, at) => cell.padStart(columns[at].length)).join(' | ')} |`;
  return [
    line('accuracy in %', columns),
    `| ${'-'.repeat(width)} | ${columns.map((name) => `${'-'.repeat(name.length - 1)}:`).join(' | ')} |`,
    ...Object.entries(rows).map(([name, row]) => line(name, columns.map((test) => (100 * row[test]).toFixed(1)))),
  ].join('\n');
} // prettier-ignore

async function supervised(): Promise<Record<string, number>> {
  const backbone = resNet({ depth: 18, width: 16, stem: 'cifar' }, fold(key(0), 'backbone'));
  const classes = train.classes.length;
  const classifier = tf.variable(tf.zeros([backbone.features, classes]));
  const labels = tf.tensor1d(train.labels, 'int32');
  const weights = new Map([...backbone.parameters.weights, ['classifier', classifier]]);
  const logits = (images: Tensor4D, mode: 'train' | 'eval') =>
    tf.matMul(
      backbone.forward(images, mode) as Tensor2D,
      tf.reshape(classifier, [backbone.features, classes]) as Tensor2D,
    );
  const learner: Learner = {
    name: 'supervised',
    backbone,
    weights,
    state: new Map([...backbone.parameters.statistics, ...weights]),
    schedules: {},
    needs: ['index'],
    loss: ({ views: [views], extras }) => {
      const [, batch, height, width] = views.shape;
      const wanted = tf.oneHot(tf.gather(labels, tf.cast(extras.index, 'int32')), classes);
      return { loss: tf.losses.softmaxCrossEntropy(wanted, logits(tf.reshape(views, [batch, height, width, 3]), 'train')) };
    },
    dispose: () => undefined,
  }; // prettier-ignore
  const views = openViewSource({
    images: train,
    recipe: { name: 'supervised', source: 'one augmented view', views: [view] },
    batch: 128,
    key: key(1),
    extras: ['index'],
    workers: 1,
  });
  const steps = views.stepsPerEpoch * epochs;
  await fit({
    learner,
    views,
    epochs,
    optimiser: adamW({ weightDecay: 0.05 }),
    key: key(2),
    learningRate: (step) => 3e-3 * Math.min(1, step / 30) * 0.5 * (1 + Math.cos((Math.PI * step) / steps)),
    monitor: false,
    onEpoch: ({ epoch, loss }) => console.log(`epoch ${epoch}: loss ${loss.toFixed(3)}`),
  });
  await views.close();
  return Object.fromEntries(
    Object.entries(tests).map(([name, set]) => {
      let right = 0;
      for (let from = 0; from < set.length; from += 250) {
        const guesses = tf.tidy(() => {
          const bytes = set.images.subarray(from * 3 * set.height ** 2, (from + 250) * 3 * set.height ** 2);
          const images = tf.tensor4d(Float32Array.from(bytes, (byte) => (byte / 255 - 0.5) / 0.25), [bytes.length / 3 / set.height ** 2, set.height, set.width, 3]);
          return tf.argMax(logits(images, 'eval'), 1).dataSync();
        }); // prettier-ignore
        guesses.forEach((guess, row) => (right += Number(guess === set.labels[from + row])));
      }
      return [name, right / set.length];
    }),
  );
}

/** Accuracy of the nearest training scene by some features. */
function nearest(features: (image: Uint8Array) => Float32Array): Record<string, number> {
  const count = Math.min(2000, train.length);
  const known = Array.from({ length: count }, (_, index) => features(train.image(index).data));
  return Object.fromEntries(
    Object.entries(tests).map(([name, set]) => {
      let right = 0;
      for (let index = 0; index < set.length; index++) {
        const own = features(set.image(index).data);
        let [best, label] = [Infinity, -1];
        known.forEach((vector, other) => {
          let distance = 0;
          for (let at = 0; at < own.length; at++) distance += (own[at] - vector[at]) ** 2;
          if (distance < best) [best, label] = [distance, train.labels[other]];
        });
        right += Number(label === set.labels[index]);
      }
      return [name, right / set.length];
    }),
  );
}

/** 8 x 8 means of each channel. */
function pixels(image: Uint8Array): Float32Array {
  const means = new Float32Array(192);
  for (let at = 0; at < image.length; at++) {
    const [pixel, channel] = [Math.floor(at / 3), at % 3];
    means[((pixel >> 7) * 8 + ((pixel & 31) >> 2)) * 3 + channel] += image[at] / 16;
  }
  return means;
}

/** 4 x 4 x 4 colours. */
function histogram(image: Uint8Array): Float32Array {
  const counts = new Float32Array(64);
  for (let at = 0; at < image.length; at += 3) {
    counts[(image[at] >> 6) * 16 + (image[at + 1] >> 6) * 4 + (image[at + 2] >> 6)]++;
  }
  return counts;
}
