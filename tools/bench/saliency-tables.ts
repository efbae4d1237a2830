import type { Figures } from './saliency-measures.ts';

/** One set's table. */
export interface SetTable {
  readonly set: string;
  readonly title: string;
  readonly images: number;
  readonly of: number;
  readonly lines: readonly { readonly name: string; readonly figures: Figures }[];
  /** Differences in F-max with their intervals. */
  readonly order: readonly string[];
}

/** Prints a table. */
export function printTable(table: SetTable): void {
  const columns = columnsOf(table);
  console.log(`\n${headline(table)}\n`);
  console.log(`${'estimator'.padEnd(34)}${columns.map((column) => column.padStart(10)).join('')}`);
  for (const { name, figures } of table.lines) {
    console.log(`${name.padEnd(34)}${columns.map((column) => cell(figures, column).padStart(10)).join('')}`);
  }
  if (table.order.length > 0) {
    console.log('\ndifferences in F-max [95% bootstrap interval over images]:');
    for (const line of table.order) console.log(`  ${line}`);
  }
}

/** Tables of several sets as Markdown. */
export function markdown(
  tables: readonly SetTable[],
  title = 'Saliency estimators',
  script = 'bench:saliency',
): string {
  const parts = tables.map((table) => {
    const columns = columnsOf(table);
    const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
    const lines = table.lines.map(({ name, figures }) =>
      row([name, ...columns.map((column) => cell(figures, column))]),
    );
    const order =
      table.order.length > 0
        ? [
            '',
            'Differences in F-max, with 95% bootstrap intervals over images:',
            '',
            ...table.order.map((line) => `- ${line}`),
          ]
        : [];
    const head = row(['estimator', ...columns]);
    return [
      `## ${headline(table)}`,
      '',
      head,
      row(['---', ...columns.map(() => '---')]),
      ...lines,
      ...order,
    ].join('\n');
  });
  return `# ${title}\n\n\`npm run ${script} -- --record\` writes this page.\n\n${parts.join('\n\n')}\n`;
}

function headline({ title, images, of }: SetTable): string {
  return `${title}: ${images} of ${of} images`;
}

/** Columns in which something was measured. */
function columnsOf({ lines }: SetTable): (keyof Figures)[] {
  const names = Object.keys(lines[0].figures) as (keyof Figures)[];
  return names.filter((name) => lines.some(({ figures }) => figures[name] !== null));
}

function cell(figures: Figures, column: keyof Figures): string {
  const value = figures[column];
  if (value === null) return '';
  return value.toFixed(column === 'images/s' ? 0 : column === 'ms/image' ? 1 : 3);
}
