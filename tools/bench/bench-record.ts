/**
 * How every benchmark writes what it measured: `results/benchmarks/<name>.json` with the raw samples, and `<name>.md` with the table.
 *
 * A benchmark makes a `BenchRecord` when it begins, adds rows, and calls `finish`.
 */
import { freemem, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { workspaceRoot, writeFileAtomic } from '@fovea/files';
import { provenance, toMarkdown, type Provenance, type Table } from '@fovea/results';

/** One comparison. */
export interface BenchRow {
  readonly case: string;
  /** Our figure, in `unit`: the median of our samples. */
  readonly ours: number;
  /** The peer's figure, in the same unit. */
  readonly peer: number;
  readonly peerName: string;
  readonly unit: string;
  /** Above 1 means that we are ahead, whichever way the unit counts. */
  readonly ratio: number;
  /** Raw samples, taken in turns in one run. */
  readonly samples: unknown;
  /** Ratio that is aimed at, where there is one. */
  readonly target?: number;
  /** Further figures of the row: they go to the JSON, and to the table where `columns` names them. */
  readonly [figure: string]: unknown;
}

/** What a benchmark's JSON holds. */
export interface BenchReport {
  readonly benchmark: string;
  readonly quick: boolean;
  readonly provenance: Provenance;
  /** Load average over one minute when it began and ended; above the number of cores, the clock measured others too. */
  readonly load: { readonly start: number; readonly end: number };
  readonly memoryGiB: { readonly total: number; readonly free: number };
  /** Versions of the peers, by name. */
  readonly peers: Readonly<Record<string, string>>;
  /** Figures of the machine, by name and unit. */
  readonly machine: Readonly<Record<string, number | string>>;
  readonly rows: readonly BenchRow[];
  /** Sentences that go below the table: what a loss comes from, what was tried. */
  readonly notes: readonly string[];
}

/** What `benchRecord` must be told. */
export interface BenchRecordOptions {
  /** Name of the benchmark and of its files. */
  readonly benchmark: string;
  /** The command as a user types it, such as `npm run bench:train`. */
  readonly command: string;
  readonly backend: { readonly name: string; readonly version: string; readonly threads: number };
  readonly quick: boolean;
  /** Where the JSON goes as well. */
  readonly json?: string | undefined;
  /** Whether `results/benchmarks/` gets record and table; a quick or partial run should not. */
  readonly keep: boolean;
  /** Further figures of a row that the table shows, by heading. */
  readonly columns?: Readonly<Record<string, (row: BenchRow) => string>>;
}

/** A benchmark's record in the making. */
export interface BenchRecord {
  add(row: BenchRow): void;
  note(sentence: string): void;
  peer(name: string, version: string): void;
  machine(name: string, value: number | string): void;
  /** Prints the table, writes the files, and returns the report. */
  finish(): BenchReport;
}

/** Starts a record; the load is noted now and at the end. */
export function benchRecord(options: BenchRecordOptions): BenchRecord {
  const startedAt = new Date();
  const [start] = loadavg();
  const rows: BenchRow[] = [];
  const notes: string[] = [];
  const peers: Record<string, string> = {};
  const machine: Record<string, number | string> = {};
  return {
    add: (row) => void rows.push(row),
    note: (sentence) => void notes.push(sentence),
    peer: (name, version) => void (peers[name] = version),
    machine: (name, value) => void (machine[name] = value),
    finish: () => {
      const report: BenchReport = {
        benchmark: options.benchmark,
        quick: options.quick,
        provenance: provenance({ command: options.command, startedAt, backend: options.backend }),
        load: { start, end: loadavg()[0] },
        memoryGiB: { total: gibibytes(totalmem()), free: gibibytes(freemem()) },
        peers,
        machine,
        rows,
        notes,
      };
      const json = `${JSON.stringify(report, null, 1)}\n`;
      const table = toMarkdown(tableOf(report, options.columns ?? {}));
      console.log(`\n${table}`);
      if (options.json !== undefined) writeFileAtomic(options.json, json);
      if (options.keep) {
        const folder = join(workspaceRoot(), 'results', 'benchmarks');
        writeFileAtomic(join(folder, `${options.benchmark}.json`), json);
        writeFileAtomic(join(folder, `${options.benchmark}.md`), pageOf(report, table));
        console.log(`Written: results/benchmarks/${options.benchmark}.json and .md`);
      }
      return report;
    },
  };
}

/** Median of some numbers; the upper one of two in the middle. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

function tableOf({ rows }: BenchReport, columns: Required<BenchRecordOptions>['columns']): Table {
  const extra = Object.entries(columns);
  const head = ['case', 'unit', 'ours', 'peer', 'peer is', 'ratio', 'target', ...extra.map(([name]) => name)];
  return {
    columns: head.map((name) => ({
      name,
      align: ['case', 'unit', 'peer is'].includes(name) ? 'left' : 'right',
    })),
    rows: rows.map((row) => [
      row.case,
      row.unit,
      figure(row.ours),
      figure(row.peer),
      row.peerName,
      row.ratio.toFixed(2),
      row.target === undefined ? '' : `>= ${row.target}${row.ratio >= row.target ? '' : ' missed'}`,
      ...extra.map(([, cell]) => cell(row)),
    ]),
    notes: [],
  };
}

function pageOf(report: BenchReport, table: string): string {
  const { provenance: p, load, peers, machine, notes, benchmark } = report;
  const losses = report.rows.filter(({ ratio }) => ratio < 1).length;
  const facts = [
    `${p.cpu.model}, ${p.cpu.cores} cores, ${p.threads} threads an op`,
    `Node ${p.node}, ${p.backend.name} ${p.backend.version}`,
    ...Object.entries(peers).map(([name, version]) => `${name} ${version}`),
    ...Object.entries(machine).map(([name, value]) => `${name} ${value}`),
  ];
  return [
    `# ${benchmark}`,
    '',
    `Written by \`${p.command}\` on ${p.date.slice(0, 10)}, commit ${p.git?.commit.slice(0, 12) ?? 'unknown'}${p.git?.dirty === true ? ' with changes' : ''}.`,
    `${facts.join('; ')}.`,
    `Load average ${load.start.toFixed(1)} at the start, ${load.end.toFixed(1)} at the end` +
      `${Math.max(load.start, load.end) > p.cpu.cores + 0.5 ? ': other work ran beside it, so ratios are indications' : ''}.`,
    `Ratios above 1 mean that we are ahead: ${report.rows.length - losses} rows won, ${losses} lost. Raw samples: \`${benchmark}.json\`.`,
    '',
    table,
    ...(notes.length > 0 ? ['', ...notes.map((note) => `- ${note}`)] : []),
    '',
  ].join('\n');
}

function figure(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function gibibytes(bytes: number): number {
  return Math.round((bytes / 2 ** 30) * 10) / 10;
}
