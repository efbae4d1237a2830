import { jsonChanges } from './json-changes.ts';
import { runName } from './latest.ts';
import type { Curve, Metric, Provenance, ResultRecord } from './record.ts';

/** One line of a diff: a name, what A and B have there, and what that means. */
export interface DiffLine {
  readonly name: string;
  readonly a: string;
  readonly b: string;
  readonly note: string;
}

/** Two records side by side: only what differs, but for the metrics, which are all shown. */
export interface RecordDiff {
  readonly run: readonly DiffLine[];
  readonly parameters: readonly DiffLine[];
  readonly data: readonly DiffLine[];
  readonly code: readonly DiffLine[];
  readonly machine: readonly DiffLine[];
  readonly metrics: readonly DiffLine[];
  readonly curves: readonly DiffLine[];
}

/**
 * How record B differs from record A: parameters, data, code, machine, metrics and curves.
 *
 * @example
 * console.log(diffText(diffRecords(before, after)));
 */
export function diffRecords(a: ResultRecord, b: ResultRecord): RecordDiff {
  const run = ({ experiment, profile, arm, seed }: ResultRecord): object => ({
    experiment,
    profile,
    arm,
    seed,
  });
  const digests = ({ datasets }: ResultRecord): object =>
    Object.fromEntries(datasets.map(({ name, digest }) => [name, digest.slice(0, 12)]));
  const parts = ({ code }: ResultRecord): object =>
    Object.fromEntries(Object.entries(code.parts).map(([name, digest]) => [name, digest.slice(0, 12)]));
  return {
    run: changes(run(a), run(b)),
    parameters: changes(a.config, b.config),
    data: changes(digests(a), digests(b)),
    code: changes(parts(a), parts(b)),
    machine: changes(machine(a.provenance), machine(b.provenance)),
    metrics: byName(a.metrics, b.metrics, metricLine),
    curves: byName(a.curves, b.curves, curveLine).filter(({ note }) => note !== 'bit-equal'),
  };
}

/** A diff as text for one screen: a block for each kind of difference, equal kinds named in one line. */
export function diffText(diff: RecordDiff, a: ResultRecord, b: ResultRecord): string {
  const blocks = Object.entries(diff) as [string, readonly DiffLine[]][];
  const equal = blocks.filter(([, lines]) => lines.length === 0).map(([name]) => name);
  const head = [
    `A  ${a.id}  ${runName(a)}  ${a.provenance.date}`,
    `B  ${b.id}  ${runName(b)}  ${b.provenance.date}`,
  ];
  const body = blocks
    .filter(([, lines]) => lines.length > 0)
    .map(([name, lines]) => `${name}\n${block(lines)}`);
  return [head.join('\n'), ...body, ...(equal.length > 0 ? [`equal: ${equal.join(', ')}`] : [])].join('\n\n');
}

function block(lines: readonly DiffLine[]): string {
  const width = (field: 'name' | 'a' | 'b'): number => Math.max(...lines.map((line) => line[field].length));
  const [name, a, b] = [width('name'), width('a'), width('b')];
  return lines
    .map((line) =>
      `  ${line.name.padEnd(name)}  ${line.a.padStart(a)} → ${line.b.padEnd(b)}  ${line.note}`.trimEnd(),
    )
    .join('\n');
}

function changes(a: object, b: object): DiffLine[] {
  return jsonChanges(a, b).map(({ path, a: x, b: y }) => ({
    name: path,
    a: shown(x),
    b: shown(y),
    note: '',
  }));
}

function shown(value: unknown): string {
  if (value === undefined) return '–';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

function machine({ git, lockDigest, node, platform, backend, threads, cpu }: Provenance): object {
  const commit = git === null ? 'none' : git.commit.slice(0, 12) + (git.dirty ? ' (dirty)' : '');
  const { model, features } = cpu;
  return {
    commit,
    lockFile: lockDigest?.slice(0, 12),
    node,
    platform,
    backend,
    threads,
    cpu: model,
    features: features.join(' '),
  };
}

function byName<Item extends { name: string }>(
  a: readonly Item[],
  b: readonly Item[],
  line: (name: string, a: Item | undefined, b: Item | undefined) => DiffLine,
): DiffLine[] {
  const names = [...new Set([...a, ...b].map(({ name }) => name))].sort();
  const find = (items: readonly Item[], name: string): Item | undefined =>
    items.find((item) => item.name === name);
  return names.map((name) => line(name, find(a, name), find(b, name)));
}

function metricLine(name: string, a: Metric | undefined, b: Metric | undefined): DiffLine {
  const value = (metric: Metric | undefined): string =>
    metric ? `${Number(metric.value.toPrecision(6))} ${metric.unit}` : '–';
  return { name, a: value(a), b: value(b), note: a && b ? change(a, b) : 'in one record only' };
}

function change(a: Metric, b: Metric): string {
  if (a.unit !== b.unit) return 'units differ';
  if (a.value === b.value) return 'bit-equal';
  const by = b.value - a.value;
  const share =
    a.value === 0 ? '' : ` (${by > 0 ? '+' : ''}${((100 * by) / Math.abs(a.value)).toPrecision(3)} %)`;
  const better =
    a.direction === 'equal' ? 'moved' : by > 0 === (a.direction === 'higher') ? 'better' : 'worse';
  return `${by > 0 ? '+' : ''}${by.toPrecision(4)}${share} ${better}`;
}

function curveLine(name: string, a: Curve | undefined, b: Curve | undefined): DiffLine {
  const last = (curve: Curve | undefined): string =>
    curve ? `last ${Number(curve.values.at(-1)?.toPrecision(6))}` : '–';
  const line = { name, a: last(a), b: last(b) };
  if (!a || !b) return { ...line, note: 'in one record only' };
  const first = a.values.findIndex((value, i) => value !== b.values[i] || a.at[i] !== b.at[i]);
  if (first >= 0) return { ...line, note: `differ from ${a.x} ${a.at[first]} on` };
  return { ...line, note: a.values.length === b.values.length ? 'bit-equal' : 'one goes on longer' };
}
