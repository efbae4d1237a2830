import { canonicalJson } from '@fovea/files';
import type { ReportedValue } from './reported-values.ts';
import type { Metric, ResultRecord } from './record.ts';
import { meanAndSpread } from './mean-and-spread.ts';

/** A table before it has a format: `toMarkdown`, `toPlain`, `toLatex` and `toCsv` print it. */
export interface Table {
  readonly columns: readonly { readonly name: string; readonly align: 'left' | 'right' }[];
  readonly rows: readonly (readonly string[])[];
  /** Numbered from 1; cells refer to them as [1]. */
  readonly notes: readonly string[];
}

export interface TableOptions {
  /** Metric names, one column each; default: every metric of the records, in their order. */
  readonly metrics?: readonly string[];
  /** Arms in the order of the rows; default: as the records come. */
  readonly arms?: readonly string[];
  /** Text of the first column for an arm; default: the arm's name. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Values that others report; each metric that has any gets a second column, never mixed with ours. */
  readonly reported?: readonly ReportedValue[];
  /** Digits after the point, 2 unless told otherwise. */
  readonly digits?: number;
}

/**
 * One row an arm, one column a metric: mean ± standard deviation (number of seeds), and in a column of its own the reported value
 * with its setting, its source and how sure it is as a numbered note. An arm with the RECON tag is marked.
 *
 * @throws Error when the records mix experiments or profiles, one arm has two configs, data sets or codes, or a run occurs twice
 *
 * @example
 * toMarkdown(table(latest(store.read({ experiment: 'bam', profile: 'smoke' })), { reported: readReportedValues() }));
 */
export function table(records: readonly ResultRecord[], options: TableOptions = {}): Table {
  checkOneScale(records);
  const metrics = options.metrics ?? [...new Set(records.flatMap((r) => r.metrics.map(({ name }) => name)))];
  const arms = options.arms ?? [...new Set(records.map(({ arm }) => arm))];
  const experiment = records[0]?.experiment;
  const reported = (options.reported ?? []).filter((value) => value.experiment === experiment);
  const notes: string[] = [];
  const columns = metrics.map((metric) => {
    const theirs = reported.filter((value) => value.metric === metric && arms.includes(value.arm));
    return { metric, unit: unitOf(records, metric), theirs };
  });
  const row = (arm: string): string[] => {
    const ours = records.filter((record) => record.arm === arm);
    const recon = ours.some(({ tags }) => tags.includes('RECON')) ? ' [RECON]' : '';
    const cells = columns.flatMap(({ metric, theirs }) => {
      const mean = oursCell(ours, metric, options.digits ?? 2);
      return theirs.length === 0 ? [mean] : [mean, theirsCell(theirs, arm, notes)];
    });
    return [(options.labels?.[arm] ?? arm) + recon, ...cells];
  };
  return {
    columns: [
      { name: 'arm', align: 'left' },
      ...columns.flatMap(({ metric, unit, theirs }) => [
        { name: unit === '1' ? metric : `${metric} (${unit})`, align: 'right' as const },
        ...(theirs.length === 0 ? [] : [{ name: 'reported', align: 'right' as const }]),
      ]),
    ],
    rows: arms.map(row),
    notes: [...notes, ...codeNote(records)],
  };
}

/** Arms of different code may be compared while work goes on, but not silently. */
function codeNote(records: readonly ResultRecord[]): string[] {
  const versions = new Set(records.map(({ code }) => code.digest)).size;
  return versions > 1
    ? [`The arms ran on ${versions} versions of the code: some are stale (npx fovea results stale).`]
    : [];
}

function oursCell(records: readonly ResultRecord[], metric: string, digits: number): string {
  const values = records.flatMap((r) =>
    r.metrics.filter(({ name }) => name === metric).map(({ value }) => value),
  );
  if (values.length === 0) return '–';
  const { mean, sd, n } = meanAndSpread(values);
  return n === 1 ? `${mean.toFixed(digits)} (1)` : `${mean.toFixed(digits)} ± ${sd.toFixed(digits)} (${n})`;
}

function theirsCell(reported: readonly ReportedValue[], arm: string, notes: string[]): string {
  const cells = reported
    .filter((value) => value.arm === arm)
    .map((value) => {
      const note = `${value.setting}; ${value.source} (${value.sure})${value.note ? `; ${value.note}` : ''}`;
      if (!notes.includes(note)) notes.push(note);
      const spread = value.spread === undefined ? '' : ` ± ${value.spread}`;
      return `${value.value}${spread}${value.unit === '1' ? '' : ` ${value.unit}`} [${notes.indexOf(note) + 1}]`;
    });
  return cells.length === 0 ? '–' : cells.join(', ');
}

function unitOf(records: readonly ResultRecord[], name: string): string {
  const found = records.flatMap((r) => r.metrics.filter((metric) => metric.name === name));
  const units = [...new Set(found.map(({ unit }: Metric) => unit))];
  if (units.length > 1)
    throw new Error(`table: ${name} comes in the units ${units.join(' and ')}: show one.`);
  return units[0] ?? '1';
}

function checkOneScale(records: readonly ResultRecord[]): void {
  const first = records[0];
  const seen = new Map<string, ResultRecord>();
  const sameArm = new Map<string, ResultRecord>();
  for (const record of records) {
    if (record.experiment !== first?.experiment || record.profile !== first.profile) {
      throw new Error(
        `table: ${record.experiment}/${record.profile} and ${first?.experiment}/${first?.profile} are different scales: make a table each.`,
      );
    }
    const run = `${record.arm} seed ${record.seed}`;
    const twin = seen.get(run);
    if (twin)
      throw new Error(`table: ${run} has two records, ${twin.id} and ${record.id}: pass latest(records).`);
    seen.set(run, record);
    const other = sameArm.get(record.arm) ?? record;
    sameArm.set(record.arm, other);
    checkSameSetting(other, record);
  }
}

function checkSameSetting(a: ResultRecord, b: ResultRecord): void {
  const setting = ({ config, datasets, code }: ResultRecord): string[] => [
    canonicalJson({ ...config, seed: null }),
    canonicalJson(datasets),
    code.digest,
  ];
  const [left, right] = [setting(a), setting(b)];
  const different = ['config', 'datasets', 'code'].filter((_, index) => left[index] !== right[index]);
  if (different.length > 0) {
    throw new Error(
      `table: ${a.arm}: records ${a.id} and ${b.id} differ in ${different.join(', ')}: run the older one again.`,
    );
  }
}
