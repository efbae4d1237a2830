import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { workspaceRoot } from '@fovea/files';
import { describe, expect, it } from 'vitest';

const root = workspaceRoot();
const names = readdirSync(join(root, 'notebooks'));

interface Cell {
  readonly cell_type: 'code' | 'markdown';
  readonly source: string | readonly string[];
  readonly execution_count?: number | null;
  readonly outputs?: readonly {
    readonly output_type: string;
    readonly data?: Readonly<Record<string, unknown>>;
  }[];
}

const text = (source: unknown): string => (Array.isArray(source) ? source.join('') : String(source));

/** Cells of a percent script: kind and text. */
function cellsOf(script: string): { kind: string; source: string }[] {
  return script
    .split(/^\/\/ %%/m)
    .slice(1)
    .map((part) => {
      const [head, ...lines] = part.split('\n');
      const isMarkdown = head.includes('[markdown]');
      const body = isMarkdown ? lines.map((line) => line.replace(/^\/\/ ?/, '')) : lines;
      return { kind: isMarkdown ? 'markdown' : 'code', source: body.join('\n').trim() };
    });
}

describe.each(names)('notebooks/%s', (name) => {
  const folder = join(root, 'notebooks', name);
  const script = readFileSync(join(folder, `${name}.ts`), 'utf8');
  const notebook = JSON.parse(readFileSync(join(folder, `${name}.ipynb`), 'utf8')) as {
    cells: readonly Cell[];
    metadata: { kernelspec: { name: string } };
  };
  const code = notebook.cells.filter(({ cell_type }) => cell_type === 'code');
  const outputs = code.flatMap((cell) => cell.outputs ?? []);

  it('is its script, cell by cell, executed by the fovea kernel', () => {
    const executed = notebook.cells.map(({ cell_type, source }) => ({
      kind: cell_type,
      source: text(source).trim(),
    }));
    expect(executed).toEqual(cellsOf(script));
    expect(notebook.metadata.kernelspec.name).toBe('fovea');
  });

  it('ran from top to bottom without an error', () => {
    expect(code.map(({ execution_count }) => execution_count)).toEqual(code.map((_, index) => index + 1));
    expect(outputs.filter(({ output_type }) => output_type === 'error')).toEqual([]);
  });

  it('shows a table, and a picture or a chart where it trains', () => {
    const types = new Set(outputs.flatMap(({ data = {} }) => Object.keys(data)));
    expect(types).toContain('text/markdown');
    if (name !== 'overview') {
      expect(types).toContain('image/png');
      expect(types).toContain('application/vnd.vegalite.v5+json');
    }
  });

  it.skipIf(name === 'overview' || name === 'saliency')('shows the numbers of the records', () => {
    const shown = outputs.map(({ data = {} }) => text(data['text/markdown'] ?? ''));
    const stored = readFileSync(join(root, 'results', name, 'small/table.md'), 'utf8');
    expect(shown.map((one) => one.trim())).toContain(stored.trim());
  });
});

it('notebooks/saliency shows the stored benchmarks as they are', () => {
  const notebook = readFileSync(join(root, 'notebooks/saliency/saliency.ipynb'), 'utf8');
  const { cells } = JSON.parse(notebook) as { cells: readonly Cell[] };
  const shown = cells.flatMap(({ outputs = [] }) =>
    outputs.map(({ data = {} }) => text(data['text/markdown'] ?? '').trim()),
  );
  for (const name of ['saliency', 'saliency-models']) {
    const record = readFileSync(join(root, 'results/benchmarks', `${name}.md`), 'utf8');
    expect(shown).toContain(record.replace(/^# .*\n/, '').trim());
  }
});
