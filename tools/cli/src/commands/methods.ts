import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { workspaceRoot } from '@fovea/files';
import { METHODS, type AnyMethod } from '@fovea/methods';
import type { Command } from 'commander';

/** Facts on disk about a method: what tests it, whether its trace is committed, what runs and comparisons have records. */
interface Evidence {
  /** Spec files that run it. */
  readonly specs: readonly string[];
  /** Losses of its committed trace; 0 for none. */
  readonly traceSteps: number;
  /** Files of results that name it, beside its short run. */
  readonly records: number;
  /** What its short run on CIFAR-10 showed (`npm run learns`), `learns +15.0`; null where there is none. */
  readonly shortRun: string | null;
}

/** `methods`: every method of the registry with paper, state, tags, tests and status. */
export function addMethodsCommand(program: Command): void {
  program
    .command('methods')
    .argument('[name]', 'one method in full: equation, source, views, options')
    .option('--json', 'print JSON')
    .description('list every method with paper, state, tags, tests and status')
    .action((name: string | undefined, { json = false }: { json?: boolean }) => {
      const root = workspaceRoot();
      const methods = [...METHODS.values()].filter((method) => name === undefined || method.name === name);
      if (methods.length === 0) {
        throw new Error(
          `methods: there is no method '${String(name)}'; there are ${[...METHODS.keys()].join(', ')}.`,
        );
      }
      const found = methods.map((method) => ({ method, evidence: evidenceOf(root, method) }));
      if (json) {
        console.log(
          JSON.stringify(
            found.map(({ method, evidence }) => ({ ...method, make: undefined, ...evidence })),
            null,
            2,
          ),
        );
      } else if (name === undefined) {
        for (const line of table(found)) console.log(line);
      } else {
        for (const line of inFull(found[0].method, found[0].evidence)) console.log(line);
      }
    });
}

function evidenceOf(root: string, { name, file }: AnyMethod): Evidence {
  const folder = join(root, 'libs/methods/src');
  const specs = readdirSync(folder).filter((path) => {
    if (!path.endsWith('.spec.ts')) return false;
    const text = readFileSync(join(folder, path), 'utf8');
    return (
      text.includes('METHODS.values()') ||
      text.includes(`'${name}'`) ||
      path === file.replace('.ts', '.spec.ts')
    );
  });
  const trace = join(folder, 'traces', `${name}.txt`);
  const traceSteps = existsSync(trace)
    ? readFileSync(trace, 'utf8')
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('#')).length
    : 0;
  const results = join(root, 'results');
  return { specs, traceSteps, records: recordsOf(results, name), shortRun: shortRunOf(results, name) };
}

/** JSON files below a folder whose configuration or case names the method. */
function recordsOf(folder: string, name: string): number {
  if (!existsSync(folder)) return 0;
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (path) => path.endsWith('.json') && !path.startsWith(SHORT_RUNS),
  );
  const pattern = new RegExp(`"(?:name|method|case)": *"${name}"`);
  return files.filter((path) => pattern.test(readFileSync(join(folder, path), 'utf8'))).length;
}

const SHORT_RUNS = 'learns';

/** Verdict and gain in kNN accuracy over the untrained network, in points. */
function shortRunOf(results: string, name: string): string | null {
  const path = join(results, SHORT_RUNS, `${name}.json`);
  if (!existsSync(path)) return null;
  const run = JSON.parse(readFileSync(path, 'utf8')) as {
    verdict: string;
    untrained: number;
    trained: number;
  };
  const gain = run.trained - run.untrained;
  return `${run.verdict} ${gain < 0 ? '' : '+'}${gain.toFixed(1)}`;
}

/** What the facts amount to, in a word or two. */
function statusOf({ specs, traceSteps, records, shortRun }: Evidence): string {
  const parts = [
    specs.length > 0 && 'tested',
    traceSteps > 0 && 'traced',
    shortRun ?? false,
    records > 0 && (records === 1 ? '1 record' : `${records} records`),
  ];
  return parts.filter((part) => part !== false).join(', ') || 'no evidence';
}

function table(found: readonly { method: AnyMethod; evidence: Evidence }[]): string[] {
  const rows = found.map(({ method, evidence }) => [
    method.name,
    shortened(method.paper, 58),
    shortened(method.state, 34),
    method.tags.join(' '),
    `${evidence.specs.length} specs, ${evidence.traceSteps}-step trace`,
    statusOf(evidence),
  ]);
  const head = ['method', 'paper', 'state beside network', 'tags', 'tests', 'status'];
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column].length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]))
      .join('  ')
      .trimEnd();
  return [
    line(head),
    ...rows.map(line),
    '',
    `${rows.length} methods; fovea methods <name> shows one in full.`,
  ];
}

function inFull(method: AnyMethod, evidence: Evidence): string[] {
  const { needs, tags, reconstruction } = method;
  return [
    `${method.name}: ${method.title}`,
    `  paper     ${method.paper}`,
    `  loss      ${method.equation}`,
    `  source    ${method.source}; libs/methods/src/${method.file}`,
    `  views     ${method.globalViews} global, local ${method.localViews}; recipes ${method.recipes.join(', ')}`,
    `  needs     ${needs.length > 0 ? needs.join(', ') : 'views alone'}`,
    `  state     ${method.state}`,
    `  tags      ${tags.length > 0 ? `${tags.join(' ')}: ${String(reconstruction)}` : 'none'}`,
    `  options   ${JSON.stringify(method.defaults)}`,
    `  tests     ${evidence.specs.join(', ')}; ${evidence.traceSteps}-step trace`,
    `  status    ${statusOf(evidence)}`,
  ];
}

function shortened(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
