import { chartSpec, type VegaLiteSpec } from './vega-lite-spec.ts';

export interface HeatmapOptions {
  readonly title: string;
  /** Names of the axes. */
  readonly x: string;
  readonly y: string;
  /** Rows of equal length, top row first. */
  readonly values: readonly (readonly number[])[];
  /** Name of the colour scale; default: value. */
  readonly value?: string;
  /** Text for those who cannot see the chart; default: the title, the size and the range. */
  readonly description?: string;
}

/**
 * A Vega-Lite picture of a matrix: one square a number, row 0 on top, light for small and dark for large.
 *
 * @throws RangeError when rows differ in length or hold a number that is not finite
 *
 * @example
 * heatmap({ title: 'Attention', x: 'key', y: 'view', values: [[0, 1], [0.5, 0.5]] });
 */
export function heatmap(options: HeatmapOptions): VegaLiteSpec {
  const { title, x, y, values, value = 'value' } = options;
  const columns = values[0]?.length ?? 0;
  values.forEach((row, index) => {
    if (row.length !== columns || columns === 0) {
      throw new RangeError(`heatmap: row ${index} has ${row.length} numbers, row 0 has ${columns}; give equal rows.`);
    }
    const bad = row.findIndex((number) => !Number.isFinite(number));
    if (bad >= 0) throw new RangeError(`heatmap: row ${index}, column ${bad} is ${row[bad]}.`);
  });
  const cells = values.flatMap((row, i) => row.map((number, j) => ({ row: i, column: j, value: number })));
  const numbers = values.flat();
  const range = `${Math.min(...numbers)} to ${Math.max(...numbers)}`;
  const axis = { labels: false, ticks: false };
  return chartSpec(title, options.description ?? `${title}: ${values.length} x ${columns} values from ${range}.`, {
    width: { step: 18 },
    height: { step: 18 },
    data: { values: cells },
    mark: { type: 'rect', tooltip: true },
    encoding: {
      x: { field: 'column', type: 'ordinal', title: x, axis },
      y: { field: 'row', type: 'ordinal', title: y, axis },
      color: { field: 'value', type: 'quantitative', title: value, scale: { scheme: 'blues' } },
    },
  });
}
