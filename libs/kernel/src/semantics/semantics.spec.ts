import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import ts from 'typescript';
import { afterAll, describe, expect, it } from 'vitest';
import { compileCell } from '../compiler/compile-cell.ts';
import { errorReport } from '../session/error-report.ts';
import { Importer } from '../session/importer.ts';
import { Session } from '../session/session.ts';
import { asyncCases } from './async.cases.ts';
import { bindingCases } from './bindings.cases.ts';
import { edgeScopesCases } from './edge-scopes.cases.ts';
import { edgeSyntaxCases } from './edge-syntax.cases.ts';
import { edgeTypesCases } from './edge-types.cases.ts';
import { edgeValuesCases } from './edge-values.cases.ts';
import { functionCases } from './functions.cases.ts';
import type { SemanticCase } from './semantic-case.ts';
import { typescriptCases } from './typescript.cases.ts';

const folder = mkdtempSync(join(tmpdir(), 'fovea-semantics-'));
const importer = new Importer(folder);
afterAll(() => rmSync(folder, { recursive: true }));

const silent = () => undefined;
const outputs = {
  stream: silent,
  display: silent,
  result: silent,
  error: silent,
  clear: silent,
  input: silent,
};

async function inKernel({ cells }: SemanticCase): Promise<string[]> {
  const seen: string[] = [];
  const session = new Session({ importer, outputs, compile: compileCell });
  session.scope.provide('out', (value: unknown) => seen.push(inspect(value, { depth: 6 })));
  for (const cell of cells) {
    const outcome = await session.execute(cell);
    if (outcome.status === 'error') return [...seen, ended(outcome.ename, outcome.evalue)];
  }
  return seen;
}

let files = 0;

/** The same statements as one module in plain Node: TypeScript only takes the types away. */
async function inNode({ cells, script }: SemanticCase): Promise<string[]> {
  const seen: string[] = [];
  // An empty statement between cells: each ends where it ends, whatever the next begins with.
  const { outputText, diagnostics } = ts.transpileModule(script ?? cells.join('\n;\n'), {
    fileName: 'script.mts',
    reportDiagnostics: true,
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.NodeNext,
      verbatimModuleSyntax: true,
    },
  });
  if (diagnostics?.length) return ['SyntaxError'];
  const file = join(folder, `script-${++files}.mjs`);
  const out = `globalThis[Symbol.for("semantics-${files}")]`;
  writeFileSync(file, `${outputText}\n`.replace(/^/, `const out = ${out}; `));
  Reflect.set(globalThis, Symbol.for(`semantics-${files}`), (value: unknown) =>
    seen.push(inspect(value, { depth: 6 })),
  );
  try {
    await importer.import(pathToFileURL(file).href);
  } catch (error) {
    const { ename, evalue } = errorReport(error);
    return [...seen, ended(ename, evalue)];
  }
  return seen;
}

/** V8, acorn and TypeScript word syntax errors differently; that there is one is what counts. */
function ended(name: string, message: string): string {
  if (name.startsWith('SyntaxError')) return 'SyntaxError';
  return `${name}: ${message.replace(/imported from .*|file:\S+/, '')}`;
}

const tables = {
  bindings: bindingCases,
  functions: functionCases,
  async: asyncCases,
  typescript: typescriptCases,
  'edges of scopes': edgeScopesCases,
  'edges of syntax': edgeSyntaxCases,
  'edges of values': edgeValuesCases,
  'edges of types': edgeTypesCases,
};
const count = Object.values(tables).reduce((sum, cases) => sum + cases.length, 0);

it('has at least 150 cases', () => expect(count).toBeGreaterThanOrEqual(150));

for (const [title, cases] of Object.entries(tables)) {
  describe(`cells behave as one plain script: ${title}`, () => {
    for (const one of cases) {
      it(one.name, async () => {
        const expected = await inNode(one);
        expect(expected.length).toBeGreaterThan(0);
        const got = await inKernel(one);
        const comparable = (lines: string[]) =>
          one.classOnly ? lines.map((line) => line.split(':')[0]) : lines;
        expect(comparable(got)).toEqual(comparable(expected));
      });
    }
  });
}
