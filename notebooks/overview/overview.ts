// %% [markdown]
// # Where to look: four papers side by side
//
// Self-supervised learning treats all pixels alike unless it is told otherwise. Four papers tell it, each at another place of the pipeline:
//
// | paper | where it looks | what changes |
// | --- | --- | --- |
// | **BAM** (ECCV 2024) | at the batch: which other images resemble this one | the target of the loss |
// | **DiLo** (AAAI 2021) | at a saliency map made ahead | the image: foreground on another background |
// | **SGCL** (2023) | at the network's own feature map | where crops lie and how much they count |
// | **VDA / DiDA** (2023) | at what covering the salient region changes | a map, and a loss on that map |
//
// The notebooks [bam](../bam/bam.ipynb), [dilo](../dilo/dilo.ipynb), [sgcl](../sgcl/sgcl.ipynb) and [vda](../vda/vda.ipynb) train them; this one reads their stored records and
// trains nothing.

// %% tags=["parameters"]
import type { Profile } from '@fovea/results';

const profile = (process.env.FOVEA_PROFILE ?? 'smoke') as Profile;

// %% [markdown]
// ## What the records say

// %%
import { display } from '@fovea/kernel/notebook';
import { experiments, report } from '@fovea/experiments';
import { RecordStore, toMarkdown } from '@fovea/results';

const store = new RecordStore();
const stored = Object.values(experiments).filter(
  ({ name }) => store.read({ experiment: name, profile }).length > 0,
);
const reports = stored.map((experiment) => ({ experiment, ...report(experiment, profile) }));
for (const { experiment, table } of reports) {
  display.markdown(`### ${experiment.title}\n\n${experiment.paper}\n\n${toMarkdown(table)}`);
}

// %% [markdown]
// ## Claims and verdicts
//
// A verdict needs at least two seeds, and every interval of the paired gain on one side of the margin; anything else is inconclusive at this scale.

// %%
import { claimsTable } from '@fovea/results';

display.markdown(toMarkdown(claimsTable(reports.flatMap(({ judgements }) => judgements))));

// %% [markdown]
// ## How sure is one seed?
//
// The spread of an arm over its seeds bounds what a difference between two arms can mean. Where a profile has one seed, the table below is empty, and so is any
// ranking.

// %%
import { meanAndSpread } from '@fovea/results';

const rows = reports.flatMap(({ experiment, records }) =>
  [...new Set(records.map(({ arm }) => arm))].flatMap((arm) => {
    const metric = experiment.metrics[0];
    const values = records
      .filter((record) => record.arm === arm)
      .flatMap(({ metrics }) => metrics.filter(({ name }) => name === metric).map(({ value }) => value));
    const { mean, sd, n } = meanAndSpread(values);
    return n > 1
      ? [`| ${experiment.name} | ${arm} | ${metric} | ${mean.toFixed(2)} | ${sd.toFixed(2)} | ${n} |`]
      : [];
  }),
);
const head = '| experiment | arm | metric | mean | sd | seeds |\n| --- | --- | --- | ---: | ---: | ---: |';
display.markdown([head, ...rows].join('\n'));
