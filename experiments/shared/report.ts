import { join } from 'node:path';
import { writeFileAtomic } from '@fovea/files';
import {
  barChart,
  claimsTable,
  latest,
  lineChart,
  meanAndSpread,
  readReportedValues,
  RecordStore,
  renderSvg,
  table,
  toMarkdown,
  type Judgement,
  type Profile,
  type ResultRecord,
  type Table,
  type VegaLiteSpec,
} from '@fovea/results';
import type { Experiment } from './experiment.ts';
import { judgeClaims } from './judge-claims.ts';

/** What the records of an experiment say, as a table and as charts. */
export interface Report {
  readonly records: readonly ResultRecord[];
  readonly table: Table;
  readonly judgements: readonly Judgement[];
  /** Vega-Lite specs by file name. */
  readonly charts: {
    readonly accuracy: VegaLiteSpec;
    /** Absent while no trained arm is stored. */ readonly loss?: VegaLiteSpec;
  };
}

/**
 * Table and charts of the stored records of one experiment and profile; the records alone decide what they show.
 *
 * @throws Error when nothing is stored for it
 */
export function report(experiment: Experiment, profile: Profile, store = new RecordStore()): Report {
  const records = latest(store.read({ experiment: experiment.name, profile }));
  if (records.length === 0) {
    throw new Error(
      `report: no record of ${experiment.name} at profile ${profile}; run "npx fovea experiment ${experiment.name} --profile ${profile}".`,
    );
  }
  const arms = Object.keys(experiment.arms).filter((arm) => records.some((record) => record.arm === arm));
  const labels = Object.fromEntries(arms.map((arm) => [arm, experiment.arms[arm].title]));
  const metrics = experiment.metrics.filter((metric) =>
    records.some((record) => record.metrics.some(({ name }) => name === metric)),
  );
  return {
    records,
    table: table(records, { metrics, arms, labels, reported: readReportedValues() }),
    judgements: judgeClaims(experiment, records),
    charts: {
      accuracy: accuracyChart(experiment, records, arms, labels),
      ...(records.some(({ curves }) => curves.length > 0) && {
        loss: lossChart(experiment, records, labels),
      }),
    },
  };
}

/** Writes table and charts beside the records: `table.md`, `claims.md`, `loss.vl.json`, `loss.svg`, …; returns the folder. */
export async function writeReport(
  { table: rows, judgements, charts }: Report,
  experiment: Experiment,
  profile: Profile,
  store = new RecordStore(),
): Promise<string> {
  const folder = join(store.folder, experiment.name, profile);
  writeFileAtomic(join(folder, 'table.md'), toMarkdown(rows));
  if (judgements.length > 0) writeFileAtomic(join(folder, 'claims.md'), toMarkdown(claimsTable(judgements)));
  for (const [name, spec] of Object.entries(charts)) {
    writeFileAtomic(join(folder, `${name}.vl.json`), `${JSON.stringify(spec, null, 2)}\n`);
    writeFileAtomic(join(folder, `${name}.svg`), await renderSvg(spec));
  }
  return folder;
}

function lossChart(
  experiment: Experiment,
  records: readonly ResultRecord[],
  labels: Readonly<Record<string, string>>,
): VegaLiteSpec {
  const series = records.flatMap(({ arm, seed, curves }) =>
    curves
      .filter(({ name }) => name === 'train.loss')
      .map(({ at, values }) => ({ name: `${labels[arm]}, seed ${seed}`, x: at, y: values })),
  );
  return lineChart({ title: `${experiment.title}: training loss`, x: 'epoch', y: 'loss (nats)', series });
}

/** Names of the accuracies that charts show. */
const ACCURACIES: Readonly<Record<string, string>> = {
  'knn.k20.t0.07.top1': 'weighted kNN',
  'linear.cached.standard.top1.last': 'linear head',
};

function accuracyChart(
  experiment: Experiment,
  records: readonly ResultRecord[],
  arms: readonly string[],
  labels: Readonly<Record<string, string>>,
): VegaLiteSpec {
  const [metric] = experiment.metrics;
  const bars = arms.map((arm) => {
    const values = records
      .filter((record) => record.arm === arm)
      .flatMap(({ metrics }) => metrics.filter(({ name }) => name === metric).map(({ value }) => value));
    const { mean, sd, n } = meanAndSpread(values);
    return { label: labels[arm], value: mean, ...(n > 1 && { low: mean - sd, high: mean + sd }) };
  });
  return barChart({
    title: `${experiment.title}: ${ACCURACIES[metric]}, test split`,
    value: 'top-1 (%)',
    bars,
  });
}
