// %% [markdown]
// # SGCL: saliency-guided contrastive learning on scenes
//
// Two random crops of a photograph of *one* object show the same thing. Two random crops of a *scene* often do not, and pulling them together teaches
// the network that a dog is a tree. Chen et al. (2023) let the network itself say where to crop: its feature map, summed over channels, is a
// saliency map that costs nothing. It is used twice, to **place local crops** and to **weigh their losses**:
//
// $$S = \mathrm{minmax}\Big(\sum_c A_c\Big),\qquad w_k = \frac{K\,s_k}{\sum_j s_j},\qquad L = L_{\mathrm{global}} + \frac{\lambda}{K}\sum_k w_k\, l_k$$
//
// $s_k$ is the mean of $S$ inside crop $k$, so that weights have mean one and uniform saliency changes nothing. Only the paper's abstract was readable: score,
// weights, crop sampler and base recipe are a **reconstruction** (RECON in every table).
//
// This notebook trains on scenes of one to six objects, with random and with guided local crops, and measures what was learned on scenes of one object: MoCo v2 with
// multi-crop at `small`, before photographs; BYOL at `smoke`, before textures.

// %% tags=["parameters"]
import type { Profile } from '@fovea/results';

const profile = (process.env.FOVEA_PROFILE ?? 'smoke') as Profile;

// %% [markdown]
// ## Scenes

// %%
import { display } from '@fovea/kernel/notebook';
import { exampleData, mapPicture, pictureGrid, sgclExperiment, writePicture } from '@fovea/experiments';

const guidedArm = profile === 'small' ? 'sgcl-moco' : 'sgcl';
const config = sgclExperiment.arms[guidedArm].config(profile);
const data = await exampleData(config, 12);
const shown = Array.from({ length: 8 }, (_, i) => i);
display(await pictureGrid([shown.map((i) => data.train.image(i))], 2));

// %% [markdown]
// ## Training
//
// Every trained arm has the same two global and four local views, budget and loss. While it trains, the network's maps of all scenes are made anew after
// each epoch.

// %%
import { networkMaps, runExperiment, describeOutcome, type NetworkMap } from '@fovea/experiments';
import type { ByteImage } from '@fovea/augment';

const maps = new Map<string, ByteImage[]>();
const kind: NetworkMap = 'channel-sum';
const outcomes = await runExperiment({
  experiment: sgclExperiment,
  profile,
  progress: { write: (text: string) => process.stdout.write(text) },
  reuse: profile !== 'smoke', // runs that are done already are not done again
  onTrained: ({ arm, seed, backbone, data: { scenes } }) => {
    if (seed !== 0 || scenes === null) return;
    const first = { ...scenes, length: shown.length };
    const values = networkMaps(backbone, first, scenes, kind);
    const size = scenes.height * scenes.width;
    maps.set(
      arm,
      shown.map((i) => mapPicture(values.subarray(i * size, (i + 1) * size), scenes.height, scenes.width)),
    );
  },
});
for (const outcome of outcomes) console.log(describeOutcome(outcome));

// %% [markdown]
// ## Where the networks look
//
// First row: scenes that no network was trained on. Below, the channel-sum map of each arm, in the order of the table.

// %%
const { scenes } = data;
if (scenes === null) throw new Error('this experiment looks at scenes');
const looked = scenes;
const grid = await pictureGrid([shown.map((i) => scenes.image(i)), ...maps.values()], 2);
display(grid);
const description = `Scenes that no network was trained on, and below them the channel-sum map of each arm: ${[...maps.keys()].join(', ')}.`;
await writePicture(
  sgclExperiment,
  profile,
  { name: 'maps', description, arms: [...maps.keys()], seed: 0 },
  grid,
);

// %% [markdown]
// ## Crops where the maps say
//
// Four local crops of each scene, drawn at random (first row) and by the map of the trained network (second row): each centre is a point drawn in proportion to
// the map. Orange crops weigh more than the mean in the loss, blue ones less; below, the weights $w_k$ of the first scene, by hand and by the library.

// %%
import { cropWeights, drawBox, meanInside, randomResizedCrop, saliencyCrop, type Box } from '@fovea/augment';
import { fold, key } from '@fovea/random';

const local = config.views.recipe.views[2].crop;
const guide = maps.get(guidedArm) ?? [];
const sizeOf = [looked.height, looked.width] as const;
const mapOf = (i: number) => ({
  data: guide[i].data.filter((_, at) => at % 3 === 0),
  height: looked.height,
  width: looked.width,
});
const fourCrops = (draw: (crop: number) => Box) => [0, 1, 2, 3].map(draw);
const weightsOf = (i: number, crops: readonly Box[]) =>
  cropWeights(crops.map((crop) => meanInside(mapOf(i), crop, looked)));
const drawn = (i: number, crops: readonly Box[]) => {
  const weights = weightsOf(i, crops);
  return crops.reduce<ByteImage>(
    (picture, { top, left, height, width }, k) =>
      drawBox(
        picture,
        [left, top, left + width, top + height],
        weights[k] > 1 ? [230, 120, 0] : [0, 114, 178],
      ),
    looked.image(i),
  );
};
const root = key(7);
const random = (i: number) => fourCrops((k) => randomResizedCrop(...sizeOf, local, fold(root, 4 * i + k)));
const guided = (i: number) =>
  fourCrops((k) => saliencyCrop(...sizeOf, local, mapOf(i), fold(root, 4 * i + k)));
const crops = await pictureGrid(
  [shown.map((i) => drawn(i, random(i))), shown.map((i) => drawn(i, guided(i)))],
  2,
);
display(crops);
await writePicture(
  sgclExperiment,
  profile,
  {
    name: 'crops',
    description:
      'Four local crops of each scene, at random (above) and by the maps of the network that SGCL trained (below).',
    arms: [guidedArm],
    seed: 0,
  },
  crops,
);
const scores = guided(0).map((crop) => meanInside(mapOf(0), crop, looked));
const sum = scores.reduce((total, score) => total + score, 0);
const byHand = scores.map((score) => (scores.length * score) / sum);
console.log(
  `by hand ${byHand.map((w) => w.toFixed(3)).join(' ')}; cropWeights() ${weightsOf(0, guided(0))
    .map((w) => w.toFixed(3))
    .join(' ')}`,
);

// %% [markdown]
// ## What came out

// %%
import { report, writeReport } from '@fovea/experiments';
import { claimsTable, toMarkdown } from '@fovea/results';

const result = report(sgclExperiment, profile);
await writeReport(result, sgclExperiment, profile);
display.markdown(toMarkdown(result.table));

// %%
display(result.charts.accuracy);

// %%
if (result.charts.loss) display(result.charts.loss);

// %% [markdown]
// ## The paper's claims

// %%
display.markdown(toMarkdown(claimsTable(result.judgements)));

// %% [markdown]
// ## What the verdicts mean
//
// - **Scenes teach single objects**: linear accuracy ends well above the untrained network in every seed, and transfer to photographs by more still. That took scenes
//   with photographs behind the objects. Before textures, each of which tells its scene from all others, the same learner tells scenes apart by what is behind the
//   objects and learns nothing of them; the page of the experiment has the table.
// - **Guidance by the network's own maps** moves linear accuracy by less than what seeds differ by: up in one, equal in two. The maps say why. Their energy on the objects
//   is *below* that of the untrained network: what the network learns to answer to is in the photographs behind, and there the crops go. It fits that
//   transfer to photographs is ahead of random crops in every seed, by one to two points. That was seen afterwards and is no claim of the paper.
// - **With 1 % of the labels** (60 images) there is no more to see; with 10 % the guided network is ahead in two seeds of three.
//
// The paper's +1.1 is smaller than what three seeds tell here. What would tell: the twenty seeds that the table of claims names, a first stage on single objects, so that
// the maps find objects before they guide anything, or guidance by masks that are right from the start.

// %% [markdown]
// ## Ablations
//
// Arms of which each changes one thing: a bar is the mean gain over the arm that was changed, a dot a seed that both have. With one dot it is an indication, no
// verdict. `npx fovea sweep sgcl --profile small --arms NAME,…` runs any of them; what is stored is shown.

// %%
import { ablationsText } from '@fovea/experiments';

if (result.charts.ablations) display(result.charts.ablations);
display.markdown(
  result.ablations.length > 0 ? ablationsText(result.ablations) : 'No ablation is stored at this profile.',
);

// %% [markdown]
// A run whose gated metric fell behind its stored record fails here, and CI with it.

// %%
const regressed = outcomes.filter(({ comparison }) => comparison?.failed);
if (regressed.length > 0) throw new Error(`regressed: ${regressed.map(describeOutcome).join('\n')}`);

// %% [markdown]
// ## Limits
//
// The last feature map of a 64-pixel scene has 8 x 8 cells, and after minutes of training it follows what is behind the objects more than the objects: the energy of the
// maps in the table says how far. The reported gains (+1.1 linear, +4.3 with 1 % of the labels) are ImageNet results after pre-training on COCO; the abstract gives
// them as gains without the values that they start from.
