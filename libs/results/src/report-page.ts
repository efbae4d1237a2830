import { readFileSync } from 'node:fs';
import type { Judgement } from './judge-claim.ts';
import { claimsTable } from './claims-table.ts';
import { runName } from './latest.ts';
import type { ResultRecord } from './record.ts';
import { renderSvg } from './render-svg.ts';
import type { Table } from './table.ts';
import type { VegaLiteSpec } from './vega-lite-spec.ts';

/** One paper's part of the report. */
export interface ReportSection {
  /** Part of the address: `bam`. */
  readonly id: string;
  readonly title: string;
  readonly intro: string;
  readonly tables: readonly {
    readonly caption: string;
    readonly table: Table;
    readonly records: readonly string[];
  }[];
  readonly charts: readonly { readonly spec: VegaLiteSpec; readonly records: readonly string[] }[];
  readonly claims: readonly Judgement[];
  /** Views and maps; default: none. */
  readonly pictures?: readonly ReportPicture[];
}

/** A picture inside the page. */
export interface ReportPicture {
  /** Caption, and text for those who do not see it. */
  readonly description: string;
  /** `data:image/webp;base64,…`: the page loads nothing. */
  readonly address: string;
  readonly width: number;
  readonly height: number;
  /** Ids of the records whose networks it shows. */
  readonly records: readonly string[];
}

export interface ReportPage {
  readonly title: string;
  readonly sections: readonly ReportSection[];
  readonly records: readonly ResultRecord[];
}

/**
 * The report as one HTML file that loads nothing: tables, charts drawn ahead of time with their Vega-Lite specifications inside, claims
 * with verdicts, and every record, to be sorted, filtered and compared. It reads without scripts, in dark and light, and by keyboard.
 *
 * @example
 * writeFileAtomic('report.html', await reportPage({ title: 'Fovea', sections, records }));
 */
export async function reportPage({ title, sections, records }: ReportPage): Promise<string> {
  const parts = await Promise.all(sections.map(section));
  const links = [
    ...sections.map(({ id, title: name }) => [id, name] as const),
    ['records', 'Records'] as const,
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${asset('report.css')}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the results</a>
<header>
<h1>${escaped(title)}</h1>
<button type="button" id="theme">Dark or light</button>
<nav aria-label="Sections"><ul>${links.map(([id, name]) => `<li><a href="#${escaped(id)}">${escaped(name)}</a></li>`).join('')}</ul></nav>
</header>
<main id="main">
${parts.join('\n')}
${recordsPart(records)}
</main>
<script type="application/json" id="records-data">${json(records.map(flat))}</script>
<script type="module">${asset('report.js')}</script>
</body>
</html>
`;
}

async function section({ id, title, intro, tables, charts, claims, pictures = [] }: ReportSection): Promise<string> {
  const figures = await Promise.all(charts.map((chart, i) => figure(chart, `${id}-${i}`)));
  const judged =
    claims.length === 0
      ? []
      : [htmlTable(claimsTable(claims), 'Claims of the paper and what our records say')];
  return [
    `<section id="${escaped(id)}" aria-labelledby="${escaped(id)}-title">`,
    `<h2 id="${escaped(id)}-title">${escaped(title)}</h2>`,
    `<p>${escaped(intro)}</p>`,
    ...tables.map(({ table, caption, records }) => htmlTable(table, caption) + recordLinks(records)),
    ...judged,
    ...figures,
    ...pictures.map(picture),
    '</section>',
  ].join('\n');
}

async function figure({ spec, records }: ReportSection['charts'][number], id: string): Promise<string> {
  const svg = await renderSvg(inPageColours(spec));
  const named = svg.replace('<svg ', `<svg role="img" aria-label="${escaped(spec.description)}" `);
  return `<figure>
${named}
<figcaption>${escaped(spec.description)} ${recordLinks(records)}
<details><summary>Vega-Lite specification</summary><pre id="spec-${escaped(id)}" tabindex="0">${escaped(JSON.stringify(spec, null, 1))}</pre></details>
</figcaption>
</figure>`;
}

/** @throws Error for an address that the page would have to load */
function picture({ description, address, width, height, records }: ReportPicture): string {
  if (!/^data:image\/(?:webp|png);base64,[\w+/=]*$/.test(address)) {
    throw new Error(`reportPage: a picture must be a data: address of a PNG or WebP, got ${address.slice(0, 40)}.`);
  }
  return `<figure>
<img src="${address}" alt="${escaped(description)}" width="${width}" height="${height}">
<figcaption>${escaped(description)} ${recordLinks(records)}</figcaption>
</figure>`;
}

/** Texts and axes take the colour of the page's text, so that one drawing serves dark and light. */
function inPageColours(spec: VegaLiteSpec): VegaLiteSpec {
  const config = (spec.config ?? {}) as { axis?: object; title?: object; legend?: object };
  const text = { labelColor: 'currentColor', titleColor: 'currentColor' };
  const lines = {
    gridColor: 'currentColor',
    domainColor: 'currentColor',
    tickColor: 'currentColor',
    gridOpacity: 0.15,
  };
  return {
    ...spec,
    background: 'transparent',
    config: {
      ...config,
      axis: { ...config.axis, ...text, ...lines },
      legend: { ...config.legend, ...text },
      title: { ...config.title, color: 'currentColor' },
    },
  };
}

function htmlTable({ columns, rows, notes }: Table, caption: string): string {
  const head = columns.map(
    ({ name, align }) =>
      `<th scope="col"${number(align)}><button type="button">${escaped(name)}</button></th>`,
  );
  const verdicts = new Set(['supported', 'contradicted']);
  const cell = (text: string, i: number): string =>
    i === 0
      ? `<th scope="row">${escaped(text)}</th>`
      : `<td${verdicts.has(text) ? ` class="${text}"` : number(columns[i].align)}>${escaped(text)}</td>`;
  const body = rows.map((row) => `<tr>${row.map(cell).join('')}</tr>`);
  const foot =
    notes.length === 0
      ? ''
      : `<ol class="note">${notes.map((note) => `<li>${escaped(note)}</li>`).join('')}</ol>`;
  return `<div class="wide" tabindex="0" role="region" aria-label="${escaped(caption)}"><table>
<caption><span>${escaped(caption)}</span></caption>
<thead><tr>${head.join('')}</tr></thead>
<tbody>${body.join('\n')}</tbody>
</table></div>${foot}`;
}

function recordsPart(records: readonly ResultRecord[]): string {
  const columns = ['record', 'run', 'metrics', 'date', 'wall time (s)', 'commit'];
  const head = columns.map((name) => `<th scope="col"><button type="button">${name}</button></th>`).join('');
  const rows = records.map((record) => {
    const { date, wallSeconds, git } = record.provenance;
    const commit = git === null ? '–' : git.commit.slice(0, 12) + (git.dirty ? ' (dirty)' : '');
    const [run, ...rest] = [runName(record), date, wallSeconds.toFixed(1), commit].map(
      (text) => `<td>${escaped(text)}</td>`,
    );
    const cells = [run, `<td>${metricsCell(record)}</td>`, ...rest];
    return `<tr id="record-${record.id}"><th scope="row">${record.id}</th>${cells.join('')}</tr>`;
  });
  const options = records
    .map((record) => `<option>${escaped(`${runName(record)} (${record.id})`)}</option>`)
    .join('');
  return `<section id="records" aria-labelledby="records-title">
<h2 id="records-title">Records</h2>
<div class="controls"><label>Filter <input type="search" id="filter"></label><span id="shown-count" role="status">${records.length} of ${records.length} records</span></div>
<div class="wide" tabindex="0" role="region" aria-label="Records"><table id="records-table">
<thead><tr>${head}</tr></thead>
<tbody>${rows.join('\n')}</tbody>
</table></div>
<h3 id="compare-title">Compare two records</h3>
<div class="controls"><label>A <select id="compare-a">${options}</select></label><label>B <select id="compare-b">${options}</select></label></div>
<div class="wide" tabindex="0" role="region" aria-labelledby="compare-title" aria-live="polite"><table id="comparison">
<thead><tr><th scope="col">what</th><th scope="col">A</th><th scope="col">B</th></tr></thead>
<tbody></tbody>
</table></div>
</section>`;
}

/** The first metric, and behind it all of them: a record has dozens. */
function metricsCell({ metrics }: ResultRecord): string {
  const [first, ...others] = metrics.map(({ name, value, unit }) =>
    escaped(`${name} ${round(value)}${unit === '1' ? '' : ` ${unit}`}`),
  );
  if (others.length === 0) return first ?? '–';
  const items = others.map((text) => `<li>${text}</li>`).join('');
  return `<details><summary>${first} and ${others.length} more</summary><ul>${items}</ul></details>`;
}

/** What the page compares: every parameter, part of the code, data set and metric by name. */
function flat(record: ResultRecord): { id: string; values: Record<string, unknown> } {
  const { config, code, datasets, metrics, seed, arm, profile, experiment } = record;
  const named = (kind: string, value: object): [string, unknown][] =>
    Object.entries(flatten(value)).map(([path, item]) => [`${kind} ${path}`, item]);
  const values = [
    ...named('run', { experiment, profile, arm, seed }),
    ...named('parameter', config),
    ...named(
      'code',
      Object.fromEntries(Object.entries(code.parts).map(([name, sha]) => [name, sha.slice(0, 12)])),
    ),
    ...named('data', Object.fromEntries(datasets.map(({ name, digest }) => [name, digest.slice(0, 12)]))),
    ...metrics.map(({ name, value, unit }): [string, unknown] => [`metric ${name} (${unit})`, round(value)]),
  ];
  return { id: record.id, values: Object.fromEntries(values) };
}

function flatten(value: object, prefix = ''): Record<string, unknown> {
  const entries = Object.entries(value).map(([name, item]: [string, unknown]) => {
    const path = prefix + name;
    const nested = typeof item === 'object' && item !== null && !Array.isArray(item);
    return nested ? flatten(item, `${path}.`) : { [path]: Array.isArray(item) ? JSON.stringify(item) : item };
  });
  return Object.assign({}, ...entries) as Record<string, unknown>;
}

function recordLinks(ids: readonly string[]): string {
  if (ids.length === 0) return '';
  const links = ids.map((id) => `<a href="#record-${escaped(id)}">${escaped(id.slice(0, 6))}</a>`);
  return `<span class="note">Records: ${links.join(' ')}</span>`;
}

function number(align: 'left' | 'right'): string {
  return align === 'right' ? ' class="number"' : '';
}

function round(value: number): number {
  return Number(value.toPrecision(6));
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** JSON inside a script element: nothing in it can end the element. */
function json(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}

function asset(name: string): string {
  return readFileSync(new URL(`../page/${name}`, import.meta.url), 'utf8').trim();
}
