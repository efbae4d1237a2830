// %% [markdown]
// # DiLo: distilling localisation by copy-paste
//
// Zhao et al. (AAAI 2021) start from a diagnosis: instance discrimination treats all pixels alike, so it is free to recognise an image by its
// **background**. Their remedy changes the data and nothing else. Estimate the salient region $m$ of each image once, and now and then paste it onto
// another background before the views are made:
//
// $$x' = m\,x + (1 - m)\,\mathrm{background}\quad\text{with probability } p = 0.3$$
//
// Both views of an image still have to agree, so the background stops being a way to agree. Loss, network and optimiser stay as they were.
//
// Two things are a **reconstruction** here, marked RECON in every table: no official code was found, and the order of pasting and cropping and the
// treatment of the mask's border were not readable.
//
// This notebook trains MoCo v2 with and without copy-paste on scenes whose background tells the class nine times of ten, and tests on scenes where it
// tells nothing.

// %% tags=["parameters"]
import type { Profile } from '@fovea/results';

const profile = (process.env.FOVEA_PROFILE ?? 'smoke') as Profile;

// %% [markdown]
// ## Where is the foreground?
//
// Rows: training scenes, their exact masks, the map of RBD, an estimator of 2014 that was never trained, and that of a small saliency network, which was
// trained on drawn scenes with exact masks.

// %%
import { display } from '@fovea/kernel/notebook';
import { diLoExperiment, exampleData, mapPicture, pictureGrid, writePicture } from '@fovea/experiments';

const data = await exampleData(diLoExperiment.arms['dilo-exact'].config(profile), 12);
const exact = await data.saliency('ground-truth');
const rbd = await data.saliency('rbd');
const learned = await data.saliency('learned');
const pictures = (planes: typeof exact) =>
  Array.from({ length: 12 }, (_, i) => mapPicture(planes.planes.subarray(i * 1024, (i + 1) * 1024), 32, 32));
const grid = await pictureGrid(
  [
    Array.from({ length: 12 }, (_, i) => data.train.image(i)),
    pictures(exact),
    pictures(rbd),
    pictures(learned),
  ],
  2,
);
display(grid);
const description =
  'Training scenes, and below them their exact masks, the maps of RBD, and the maps of a small saliency network.';
await writePicture(diLoExperiment, profile, { name: 'masks', description, arms: [], seed: 0 }, grid);

// %% [markdown]
// ## The equation, by hand
//
// From left: a scene, its exact mask, the scene on mid-grey by the equation, and by the library.

// %%
import { pasteForeground } from '@fovea/augment';

const image = data.train.image(0);
const m = exact.planes.subarray(0, 1024).map((value) => value / 255);
const composed = image.data.map((x, i) => m[Math.floor(i / 3)] * x + (1 - m[Math.floor(i / 3)]) * 128);
const mask = { data: exact.planes.subarray(0, 1024), height: 32, width: 32 };
const onGrey = pasteForeground(image, mask, 128);
display(await pictureGrid([[image, mapPicture(mask.data, 32, 32), { ...image, data: composed }, onGrey]], 4));
if (!composed.every((value, i) => value === onGrey.data[i]))
  throw new Error('the equation and the library disagree');

// %% [markdown]
// ## Views with pasted foregrounds
//
// Two views of each scene, here with $p = 1$ so that every view shows it. The grey level is drawn anew each time.

// %%
import { CIFAR10_STATISTICS, makeCopyPasteViews } from '@fovea/augment';
import { SCENE_PAIR, viewGrid } from '@fovea/experiments';
import { key } from '@fovea/random';

const planes = {
  length: 12,
  plane: (i: number) => ({ data: exact.planes.subarray(i * 1024, (i + 1) * 1024), height: 32, width: 32 }),
};
const paste = { probability: 1, background: 'grey', boundary: 0, minimumShare: 0.05 } as const;
const batch = makeCopyPasteViews(data.train, planes, [...Array(12).keys()], SCENE_PAIR, paste, key(0));
const pastedViews = await viewGrid(batch, CIFAR10_STATISTICS, 2);
display(pastedViews);
const pastedFacts = {
  name: 'pasted-views',
  description: 'Two views (rows) of twelve scenes (columns), their foregrounds pasted onto a grey level.',
  arms: [],
  seed: 0,
};
await writePicture(diLoExperiment, profile, pastedFacts, pastedViews);

// %% [markdown]
// ## Training
//
// Same network, views, queue and steps; the arms differ in what is pasted.

// %%
import { describeOutcome, runExperiment } from '@fovea/experiments';

const progress = { write: (text: string) => process.stdout.write(text) };
const outcomes = await runExperiment({
  experiment: diLoExperiment,
  profile,
  progress,
  reuse: profile !== 'smoke',
});
for (const outcome of outcomes) console.log(describeOutcome(outcome));

// %% [markdown]
// ## What came out
//
// `mixed-same` puts each object before another background of its own class, `mixed-rand` before one of any class. A representation that does not
// listen to the background has equal accuracies there: the smaller `bg-gap`, the better.

// %%
import { report, writeReport } from '@fovea/experiments';
import { claimsTable, toMarkdown } from '@fovea/results';

const result = report(diLoExperiment, profile);
await writeReport(result, diLoExperiment, profile);
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
// - **Always pasting destroys the representation**, here as in the paper. Test images have backgrounds, and this network has never seen one.
// - **Pasting now and then** costs nothing in the mean where the masks are exact, and gains nothing: one seed is up by two points, one down by two, one where it was.
//   With RBD's masks, which the paper's sentence is about, it costs seven points in the mean, against the paper, though the seeds leave the verdict open. With
//   $p = 0.3$ half of the pairs have a view without its background, and such a pair is harder: the loss curves end three quarters of a nat apart and more
//   after the same steps. The paper's gain is one of 200 epochs of ImageNet, after which both learners have converged.
// - **The gap between the backgrounds shrinks in every seed**, which is what the method is for, and at equal accuracy, so that it is not the smaller gap of a weaker network.
//   The interval ends a hundredth of a point from a verdict.
// - **Exact masks are ahead of RBD's** in every seed, as in the paper's order of masks, by little in one seed and by much in two.
//
// Seeds differ by several points: one draw of weights and queue starts to learn an epoch or two later than another, and ten epochs do not even that out. The last
// column of the table of claims says how many seeds would tell.

// %% [markdown]
// ## Ablations
//
// Arms of which each changes one thing: a bar is the mean gain over the arm that was changed, a dot a seed that both have. With one dot it is an indication, no
// verdict. `npx fovea sweep dilo --profile small --arms NAME,…` runs any of them; what is stored is shown.

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
// Scenes are 32 pixels wide and drawn, the network is narrow and trained for minutes. `smoke` has one seed: it guards the code and ranks nothing. Linear
// accuracy is measured with labelled scenes that have the same correlation as the training scenes, so a probe can still pick up what background is left in
// the features; `bg-gap` is the sharper question. Reported numbers are ImageNet results of ResNet-50 and stand in their own column.
