// %% [markdown]
// # Where to look, before anything is learned, and after
//
// DiLo pastes what a saliency map calls foreground, VDA covers it, SGCL crops around it. Each inherits the map's mistakes, so this notebook looks at the
// maps themselves: what classical estimators see, what a small network learns from drawn scenes, how both are measured against masks, and how a map
// becomes a mask, a box, a crop and a cut-out.
//
// The classical ones rest on one observation: **backgrounds touch the border of the picture**. With superpixels $p$ as nodes of a graph and their colour
// differences as lengths of its edges,
//
// | estimator | what it says of a superpixel |
// | --- | --- |
// | GS, geodesic (ECCV 2012) | how long the shortest path to the border is |
// | MC, Markov chain (ICCV 2013) | how long a random walk takes until the border absorbs it |
// | RBD, robust background (CVPR 2014) | contrast to all others, weighted by how little *they* are connected to the border, then smoothed by least squares |
// | MBD, minimum barrier (ICCV 2015) | the smallest range of values that any path to the border crosses, by pixels |
// | FT, SR (2009, 2007) | colour distance to the mean of the picture; what a smooth log spectrum does not foresee |
// | centre, random | the floors: a Gaussian in the middle, noise |

// %% tags=["parameters"]
const scenesMeasured = 100;

// %% [markdown]
// ## The maps
//
// Scenes of one to six drawn objects that no estimator was made for and the network has not seen. From left to right: scene, exact mask, RBD, MC, GS, MBD,
// FT, SR, centre, random, the learned network.

// %%
import { emojiScenes, loadEmojiSprites, MANY_OBJECTS, TEXTURE_BACKGROUNDS } from '@fovea/data';
import { mapPicture, pictureGrid } from '@fovea/experiments';
import { display, progress } from '@fovea/kernel/notebook';
import { fold, key } from '@fovea/random';
import { estimateSaliency, learnedSaliency, type Image } from '@fovea/saliency';

const size = MANY_OBJECTS.size;
const sprites = await loadEmojiSprites('google');
const scenes = emojiScenes({
  recipe: MANY_OBJECTS,
  split: 'test',
  length: 500,
  seed: 0,
  sprites,
  backgrounds: TEXTURE_BACKGROUNDS,
});
const photo = (index: number): { image: Image; mask: Uint8Array } => {
  const { image, instances } = scenes.scene(index);
  return {
    image: { data: image, width: size, height: size, channels: 3 },
    mask: instances.map((at) => (at > 0 ? 1 : 0)),
  };
};

const learned = learnedSaliency();
const classical = ['rbd', 'mc', 'gs', 'mbd', 'ft', 'sr', 'centre', 'random'] as const;
const makers = new Map<string, (image: Image, index: number) => Float32Array>([
  ...classical.map(
    (name) =>
      [
        name,
        (image: Image, index: number) =>
          estimateSaliency(image, name, { key: fold(key(0), index) }).data as Float32Array,
      ] as const,
  ),
  ['learned', (image: Image) => learned.map(image).data as Float32Array],
]);

const rows = [3, 7, 11, 20, 28, 34].map((index) => {
  const { image, mask } = photo(index);
  return [
    { data: image.data as Uint8Array, width: size, height: size, channels: 3 as const },
    mapPicture(Float32Array.from(mask), size, size),
    ...[...makers.values()].map((map) => mapPicture(map(image, index), size, size)),
  ];
});
display(await pictureGrid(rows, 2));

// %% [markdown]
// ## Measured on these scenes
//
// Every map is a value in $[0, 1]$ a pixel. Against the mask $m$:
//
// $$\mathrm{MAE} = \tfrac1N\sum_i |s_i - m_i| \qquad F_\beta(t) = \frac{(1 + \beta^2)\,P_t R_t}{\beta^2 P_t + R_t},\quad \beta^2 = 0.3$$
//
// with precision and recall of the pixels above a threshold $t$. F-max takes the best threshold of the *mean* curve; the S-measure compares structure.

// %%
import { saliencyCurves, saliencyMetrics } from '@fovea/eval';

interface Measured {
  readonly name: string;
  readonly curve: Float64Array;
  mae: number;
  structure: number;
}
const measured: Measured[] = [...makers.keys()].map((name) => ({
  name,
  curve: new Float64Array(256),
  mae: 0,
  structure: 0,
}));
for (const index of progress([...Array(scenesMeasured).keys()])) {
  const { image, mask } = photo(index);
  const groundTruth = mask.map((value) => 255 * value);
  for (const row of measured) {
    const map = makers.get(row.name)?.(image, index) ?? new Float32Array();
    const prediction = Uint8Array.from(map, (value) => Math.round(255 * value));
    const pair = { prediction, groundTruth, width: size, height: size };
    saliencyCurves(pair).f.forEach((value, at) => (row.curve[at] += value / scenesMeasured));
    const { mae, sMeasure } = saliencyMetrics(pair);
    row.mae += mae / scenesMeasured;
    row.structure += sMeasure / scenesMeasured;
  }
}
const table = measured
  .map(
    ({ name, curve, mae, structure }) =>
      `| ${name} | ${Math.max(...curve).toFixed(3)} | ${mae.toFixed(3)} | ${structure.toFixed(3)} |`,
  )
  .join('\n');
display.markdown(`| estimator | F-max | MAE | S |\n| --- | ---: | ---: | ---: |\n${table}`);

// %% [markdown]
// A good map has a high plateau: it does not matter much where it is cut.

// %%
display({
  $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
  title: `F over the threshold, mean of ${scenesMeasured} scenes`,
  width: 480,
  height: 260,
  data: {
    values: measured.flatMap(({ name, curve }) =>
      [...curve].flatMap((f, at) => (at % 5 === 0 ? [{ estimator: name, threshold: 255 - at, F: f }] : [])),
    ),
  },
  mark: 'line',
  encoding: {
    x: { field: 'threshold', type: 'quantitative' },
    y: { field: 'F', type: 'quantitative', scale: { domain: [0, 1] } },
    color: { field: 'estimator', type: 'nominal', sort: measured.map(({ name }) => name) },
  },
});

// %% [markdown]
// ## Measured on photographs
//
// The stored benchmark: photographs with masks that people drew (DUTS, COCO), the scenes above in full, and times. `npm run bench:saliency -- --record`
// measured it.

// %%
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { workspaceRoot } from '@fovea/files';

const benchmark = (name: string): string => {
  const file = join(workspaceRoot(), 'results/benchmarks', `${name}.md`);
  return existsSync(file) ? readFileSync(file, 'utf8').replace(/^# .*\n/, '') : `No record of ${name}.`;
};
display.markdown(benchmark('saliency'));

// %% [markdown]
// The network knows drawings only, and it shows: on photographs RBD, which was never trained, is ahead of it by far. What it is good for is what DiLo and VDA need
// on EmojiScenes.
//
// ## Maps of a network, and whether they explain it
//
// CAM, Grad-CAM, attention and difference attention come from a network in training. A map that scores well has not thereby explained the network: it
// must also **change when the weights are randomised** (Adebayo et al. 2018). `npm run bench:saliency-models -- --record` measured both.

// %%
display.markdown(benchmark('saliency-models'));

// %% [markdown]
// ## From a map to things
//
// Otsu's threshold makes a mask, its largest piece a box. The mask cuts the object out with a soft edge, and the hole is painted over from what surrounds it: the
// two halves that DiLo puts together anew. Guided crops are drawn in proportion to the map. From left to right: scene with the box (green) and three crops
// (yellow), map, mask, cut-out on grey, background alone.

// %%
import { drawBox } from '@fovea/augment';
import { binarise, cropProposals, cutOut, inpaintBackground, largestComponentBox } from '@fovea/saliency';

const picture = (data: ArrayLike<number>) => ({
  data: Uint8Array.from(data),
  width: size,
  height: size,
  channels: 3 as const,
});
const onGrey = ({ data }: Image) =>
  Array.from({ length: size * size * 3 }, (_, at) => {
    const pixel = 4 * Math.floor(at / 3);
    const alpha = data[pixel + 3] / 255;
    return alpha * data[pixel + (at % 3)] + (1 - alpha) * 128;
  });
const things = [3, 7, 20, 28].map((index) => {
  const { image } = photo(index);
  const map = learned.map(image);
  const mask = binarise(map, { kind: 'otsu' });
  const { box } = largestComponentBox(map, { threshold: 0.5 });
  let marked = picture(image.data);
  for (const { left, top, width, height } of cropProposals(map, 3, fold(key(1), index), {
    scale: [0.1, 0.3],
  }))
    marked = drawBox(marked, [left, top, left + width, top + height], [255, 220, 0]) as typeof marked;
  if (box) marked = drawBox(marked, [box[0], box[1], box[2] + 1, box[3] + 1], [0, 220, 60]) as typeof marked;
  return [
    marked,
    mapPicture(map.data as Float32Array, size, size),
    mapPicture(Float32Array.from(mask.data), size, size),
    picture(onGrey(cutOut(image, mask, { feather: 1 }))),
    picture(inpaintBackground(image, mask).data),
  ];
});
display(await pictureGrid(things, 3));

// %% [markdown]
// ## Limits
//
// Scenes are 64 pixels wide and drawn, so the first table ranks estimators on drawings; the benchmark's photographs are the measure that counts, at 224 pixels.
// HS and DSR, which DeepUSPS starts from, are missing: the sources at hand give their names and not their equations.
