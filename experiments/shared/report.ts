import { join } from 'node:path';
import { writeFileAtomic } from '@fovea/files';
import {
  ablationChart,
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
  type AblationRow,
  type Table,
  type VegaLiteSpec,
} from '@fovea/results';
import { armsOf, type Ablation, type Experiment } from './experiment.ts';
import { judgeClaims } from './judge-claims.ts';

/** What the records of an experiment say, as a table and as charts. */
export interface Report {
  readonly records: readonly ResultRecord[];
  readonly table: Table;
  readonly judgements: readonly Judgement[];
  /** Those of which the arm that is changed and a change of it are stored. */
  readonly ablations: readonly { readonly title: string; readonly table: Table }[];
  /** Vega-Lite specs by file name. */
  readonly charts: {
    readonly accuracy: VegaLiteSpec;
    /** Absent while no trained arm is stored. */
    readonly loss?: VegaLiteSpec;
    /** Absent while no ablation is stored. */
    readonly ablations?: VegaLiteSpec;
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
  const stored = Object.keys(experiment.arms).filter((arm) => records.some((record) => record.arm === arm));
  const apart = new Set(experiment.ablations.flatMap(({ arms: [, ...variants] }) => variants));
  const own = armsOf(experiment, profile);
  const arms = stored.filter((arm) => own.includes(arm) || !apart.has(arm));
  const labels = Object.fromEntries(stored.map((arm) => [arm, experiment.arms[arm].title]));
  const metrics = experiment.metrics.filter((metric) =>
    records.some((record) => record.metrics.some(({ name }) => name === metric)),
  );
  const tableOf = (rows: readonly string[]): Table =>
    table(records, { metrics, arms: rows, labels, reported: readReportedValues() });
  const ablations = experiment.ablations.flatMap(({ title, arms: [base, ...variants] }): Ablation[] => {
    const known = variants.filter((arm) => stored.includes(arm));
    return stored.includes(base) && known.length > 0 ? [{ title, arms: [base, ...known] }] : [];
  });
  return {
    records,
    table: tableOf(arms),
    judgements: judgeClaims(experiment, records),
    ablations: ablations.map(({ title, arms: rows }) => ({ title, table: tableOf(rows) })),
    charts: {
      accuracy: accuracyChart(experiment, records, arms, labels),
      ...(records.some(({ curves }) => curves.length > 0) && {
        loss: lossChart(experiment, records, arms, labels),
      }),
      ...(ablations.length > 0 && { ablations: gainsChart(experiment, ablations, records, labels) }),
    },
  };
}

/** Writes tables and charts beside the records: `table.md`, `claims.md`, `ablations.md`, `loss.vl.json`, `loss.svg`, …; returns the folder. */
export async function writeReport(
  { table: rows, judgements, ablations, charts }: Report,
  experiment: Experiment,
  profile: Profile,
  store = new RecordStore(),
): Promise<string> {
  const folder = join(store.folder, experiment.name, profile);
  writeFileAtomic(join(folder, 'table.md'), toMarkdown(rows));
  if (judgements.length > 0) writeFileAtomic(join(folder, 'claims.md'), toMarkdown(claimsTable(judgements)));
  if (ablations.length > 0) writeFileAtomic(join(folder, 'ablations.md'), ablationsText(ablations));
  for (const [name, spec] of Object.entries(charts)) {
    writeFileAtomic(join(folder, `${name}.vl.json`), `${JSON.stringify(spec, null, 2)}\n`);
    writeFileAtomic(join(folder, `${name}.svg`), await renderSvg(spec));
  }
  return folder;
}

/** Tables of ablations under their titles, as Markdown. */
export function ablationsText(ablations: Report['ablations']): string {
  return ablations.map(({ title, table: rows }) => `#### ${title}\n\n${toMarkdown(rows)}`).join('\n');
}

/** What each change does to the first metric, over the seeds that both arms have. */
function gainsChart(
  experiment: Experiment,
  ablations: readonly Ablation[],
  records: readonly ResultRecord[],
  labels: Readonly<Record<string, string>>,
): VegaLiteSpec {
  const [metric] = experiment.metrics;
  const valueOf = (arm: string, seed: number): number[] =>
    valuesOf(
      records.filter((record) => record.seed === seed),
      arm,
      metric,
    );
  const rowOf = (base: string, arm: string): AblationRow[] => {
    const seeds = records.filter((record) => record.arm === arm).map(({ seed }) => seed);
    const gains = seeds.flatMap((seed) =>
      valueOf(base, seed).flatMap((before) => valueOf(arm, seed).map((after) => after - before)),
    );
    return gains.length === 0 ? [] : [{ label: labels[arm], gains }];
  };
  const groups = ablations.map(({ title, arms: [base, ...variants] }) => ({
    title: `${title}, over ${labels[base]}`,
    rows: variants.flatMap((arm) => rowOf(base, arm)),
  }));
  return ablationChart({
    title: `${experiment.title}: ablations`,
    value: `gain in ${ACCURACIES[metric]} top-1 (points)`,
    groups: groups.filter(({ rows }) => rows.length > 0),
  });
}

/** A metric of an arm, one value a record that has it. */
function valuesOf(records: readonly ResultRecord[], arm: string, metric: string): number[] {
  return records
    .filter((record) => record.arm === arm)
    .flatMap(({ metrics }) => metrics.filter(({ name }) => name === metric).map(({ value }) => value));
}

/** One line an arm: the mean over its seeds, in a band from the lowest to the highest. */
function lossChart(
  experiment: Experiment,
  records: readonly ResultRecord[],
  arms: readonly string[],
  labels: Readonly<Record<string, string>>,
): VegaLiteSpec {
  const series = arms.flatMap((arm) => {
    const curves = records
      .filter((record) => record.arm === arm)
      .flatMap(({ curves }) => curves.filter(({ name }) => name === 'train.loss'));
    if (curves.length === 0) return [];
    const [{ at }] = curves;
    const seeds = at.map((_, index) => curves.map(({ values }) => values[index]));
    return {
      name: labels[arm],
      x: at,
      y: seeds.map((values) => meanAndSpread(values).mean),
      ...(curves.length > 1 && {
        low: seeds.map((values) => Math.min(...values)),
        high: seeds.map((values) => Math.max(...values)),
      }),
    };
  });
  const title = `${experiment.title}: training loss${series.some(({ low }) => low) ? ', mean and range of seeds' : ''}`;
  return lineChart({ title, x: 'epoch', y: 'loss (nats)', series });
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
    const { mean, sd, n } = meanAndSpread(valuesOf(records, arm, metric));
    return { label: labels[arm], value: mean, ...(n > 1 && { low: mean - sd, high: mean + sd }) };
  });
  return barChart({
    title: `${experiment.title}: ${ACCURACIES[metric]}, test split`,
    value: 'top-1 (%)',
    bars,
  });
}
