import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { workspaceRoot, writeFileAtomic } from '@fovea/files';
import {
  checkRecords,
  claimsTable,
  checkText,
  diffRecords,
  diffText,
  parseRecord,
  recordJsonSchema,
  recordsAtCommit,
  RecordStore,
  recordText,
  reportPage,
  rewriteTables,
  runName,
  toCsv,
  toLatex,
  toMarkdown,
  toPlain,
  type Profile,
  type ReportSection,
  type ResultRecord,
  type Table,
} from '@fovea/results';
import { Option, type Command } from 'commander';
import { experimentNamed } from '../experiment-named.ts';
import { recordReasons } from '../record-reasons.ts';
import { positive } from './positive.ts';

const PROFILES = ['smoke', 'small', 'paper'] as const;
const FORMATS = { plain: toPlain, markdown: toMarkdown, latex: toLatex, csv: toCsv } as const;

interface Scale {
  readonly profile: Profile;
}

/** `results table|diff|check|stale|confirm|readme|report|schema`: what the stored records say, and whether they still hold. */
export function addResultsCommand(program: Command): void {
  const results = program.command('results').description('tables, differences and checks of stored records');

  results
    .command('table')
    .argument('<experiment>', 'experiment, such as bam')
    .description('print the table of an experiment: mean ± sd (n) beside what others report')
    .addOption(profileOption('small'))
    .addOption(
      new Option('--format <format>', 'how to print it').choices(Object.keys(FORMATS)).default('plain'),
    )
    .action(async (name: string, { profile, format }: Scale & { format: keyof typeof FORMATS }) => {
      console.log(FORMATS[format](await tableOf(name, profile)).trimEnd());
    });

  results
    .command('diff')
    .argument('<a>', 'a record: its file, or the first digits of its id')
    .argument('<b>', 'the other one')
    .description(
      'show on one screen how two records differ: parameters, data, code, machine, metrics, curves',
    )
    .action((a: string, b: string) => {
      const [left, right] = [findRecord(a), findRecord(b)];
      console.log(diffText(diffRecords(left, right), left, right));
    });

  results
    .command('check')
    .argument('[experiment]', 'default: all')
    .description('compare records with the committed ones; exits with 1 only when a gated metric regressed')
    .addOption(profileOption('smoke'))
    .option('--against <commit>', 'the commit that holds the baseline', 'HEAD')
    .option('--run', 'run the experiment again first and compare with what is stored; nothing is written')
    .action(async (name: string | undefined, options: Scale & { against: string; run?: boolean }) => {
      const { failed, text } = await check(name, options);
      console.log(text);
      if (failed) process.exitCode = 1;
    });

  results
    .command('stale')
    .argument('[experiment]', 'default: all')
    .description(
      'say why records no longer match the code, the config or the data; exits with 0 all the same',
    )
    .action(async (name: string | undefined) => {
      console.log(await staleText(name));
    });

  results
    .command('confirm')
    .argument('[experiment]', 'default: all')
    .description(
      'see by a tenth of each run, bit by bit, whether changed code still gives what stale records hold; exits with 1 where not',
    )
    .addOption(profileOption('small'))
    .option(
      '--threads <n>',
      'confirm records that were made with so many; default: where all are of one',
      positive,
    )
    .action(async (name: string | undefined, { profile, threads }: Scale & { threads?: number }) => {
      const { confirmRecords } = await import('../confirm-records.ts');
      const filter = { profile, ...(name !== undefined && { experiment: name }) };
      if (!(await confirmRecords(filter, threads))) process.exitCode = 1;
    });

  results
    .command('readme')
    .argument('[files...]', 'Markdown files; default: README.md')
    .description('rewrite the tables between <!-- table:bam/smoke --> and <!-- /table:bam/smoke -->')
    .option('--check', 'write nothing, exit with 1 when a table is out of date')
    .action(async (files: string[], { check: only = false }: { check?: boolean }) => {
      const paths = files.length > 0 ? files : [join(workspaceRoot(), 'README.md')];
      for (const path of paths) if (await rewriteFile(path, only)) process.exitCode = 1;
    });

  results
    .command('report')
    .description('write one HTML page with every table, chart and record; it loads nothing')
    .addOption(profileOption('small'))
    .option('-o, --output <file>', 'where to', join(workspaceRoot(), 'dist/report.html'))
    .action(async ({ profile, output }: Scale & { output: string }) => {
      writeFileAtomic(output, await pageOf(profile));
      console.log(output);
    });

  results
    .command('schema')
    .description('write libs/results/record.schema.json, the JSON Schema of a record')
    .action(() => {
      const path = join(workspaceRoot(), 'libs/results/record.schema.json');
      writeFileAtomic(path, recordText(recordJsonSchema()));
      console.log(path);
    });
}

/** What is read are the results, those of `small`; what CI checks is `smoke`. */
function profileOption(usual: Profile): Option {
  return new Option('--profile <profile>', 'which records').choices(PROFILES).default(usual);
}

async function tableOf(name: string, profile: Profile): Promise<Table> {
  const { report } = await import('@fovea/experiments');
  return report(await experimentNamed(name), profile).table;
}

async function claimsOf(name: string, profile: Profile): Promise<Table> {
  const { report } = await import('@fovea/experiments');
  return claimsTable(report(await experimentNamed(name), profile).judgements);
}

function findRecord(text: string): ResultRecord {
  if (existsSync(text)) return parseRecord(JSON.parse(readFileSync(text, 'utf8')), text);
  const found = new RecordStore().read().filter(({ id }) => id.startsWith(text));
  if (found.length === 1) return found[0];
  throw new Error(
    found.length === 0
      ? `no file and no stored record has the name ${text}.`
      : `${text} is the start of ${found.length} ids: ${found.map(({ id }) => id).join(', ')}; give more digits.`,
  );
}

async function check(
  name: string | undefined,
  { profile, against, run = false }: Scale & { against: string; run?: boolean },
): Promise<{ failed: boolean; text: string }> {
  const { experiments } = await import('@fovea/experiments');
  const filter = { profile, ...(name !== undefined && { experiment: (await experimentNamed(name)).name }) };
  const stored = new RecordStore().read(filter);
  const fresh = run ? await runAgain(name, profile) : stored;
  const baseline = run ? stored : recordsAtCommit(against, filter);
  const result = checkRecords(fresh, baseline, (experiment) => experiments[experiment].gates);
  return { failed: result.failed, text: checkText(result) };
}

/** Runs into a folder of its own, so that what is stored stays as it is. */
async function runAgain(name: string | undefined, profile: Profile): Promise<ResultRecord[]> {
  const { experiments, runExperiment } = await import('@fovea/experiments');
  const folder = mkdtempSync(join(tmpdir(), 'fovea-check-'));
  try {
    const store = new RecordStore(folder);
    for (const experiment of name === undefined ? Object.values(experiments) : [experiments[name]]) {
      await runExperiment({ experiment, profile, store });
    }
    return store.read();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function staleText(name: string | undefined): Promise<string> {
  const { rememberedCode } = await import('@fovea/experiments');
  const code = rememberedCode();
  const records = new RecordStore().read(
    name === undefined ? {} : { experiment: (await experimentNamed(name)).name },
  );
  const lines = [];
  for (const record of records) {
    const reasons = await recordReasons(record, code);
    const state = reasons.length === 0 ? 'up to date' : 'stale';
    lines.push({
      stale: reasons.length > 0,
      text: [`${record.id}  ${runName(record)}  ${state}`, ...reasons].join('\n    '),
    });
  }
  const stale = lines.filter((line) => line.stale).length;
  return [...lines.map(({ text }) => text), `${records.length} records, ${stale} stale`].join('\n');
}

async function pageOf(profile: Profile): Promise<string> {
  const { experiments, readPictures, report } = await import('@fovea/experiments');
  const stored = new Set(new RecordStore().read({ profile }).map(({ experiment }) => experiment));
  const parts = [];
  for (const experiment of Object.values(experiments).filter(({ name }) => stored.has(name))) {
    const pictures = await readPictures(experiment, profile);
    parts.push({ experiment, pictures, ...report(experiment, profile) });
  }
  const sections = parts.map(
    ({ experiment, pictures, records, table: rows, judgements, ablations, charts }): ReportSection => {
      const ids = records.map(({ id }) => id);
      return {
        id: experiment.name,
        title: experiment.title,
        intro: experiment.paper,
        tables: [
          { caption: `${experiment.title}, profile ${profile}`, table: rows, records: ids },
          ...ablations.map(({ title, table }) => ({ caption: `Ablation: ${title}`, table, records: ids })),
        ],
        charts: Object.values(charts).map((spec) => ({ spec, records: ids })),
        claims: judgements,
        pictures,
      };
    },
  );
  return reportPage({ title: 'Fovea: results', sections, records: parts.flatMap(({ records }) => records) });
}

/** Returns true when the file was out of date and was left as it is. */
async function rewriteFile(path: string, only: boolean): Promise<boolean> {
  const before = readFileSync(path, 'utf8');
  const tables = new Map<string, string>();
  for (const name of rewriteTables(before, () => '').names) {
    const [experiment, profile = 'smoke', part = 'table'] = name.split('/');
    if (!PROFILES.some((known) => known === profile)) {
      throw new Error(`${path}: table ${name}: the profile must be one of ${PROFILES.join(', ')}.`);
    }
    if (part !== 'table' && part !== 'claims') {
      throw new Error(`${path}: table ${name}: after the profile comes nothing or "claims", got "${part}".`);
    }
    const of = part === 'claims' ? claimsOf : tableOf;
    tables.set(name, toMarkdown(await of(experiment, profile as Profile)));
  }
  const { text } = rewriteTables(before, (name) => tables.get(name) ?? '');
  if (text === before) return false;
  if (only) {
    console.log(`${path}: out of date; run: npx fovea results readme`);
    return true;
  }
  writeFileAtomic(path, text);
  console.log(`${path}: rewritten`);
  return false;
}
