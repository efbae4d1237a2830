import { chartSpec, type VegaLiteSpec } from './vega-lite-spec.ts';

/** One line of a chart; `low` and `high` draw a band around it. */
export interface LineSeries {
  readonly name: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly low?: readonly number[];
  readonly high?: readonly number[];
}

export interface LineChartOptions {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly series: readonly LineSeries[];
  /** Text for those who cannot see the chart; default: the title and the axes. */
  readonly description?: string;
}

/**
 * A Vega-Lite line chart of some series over one axis, with bands where a series has an interval.
 *
 * @throws RangeError when a series' arrays differ in length or hold a number that is not finite
 *
 * @example
 * lineChart({ title: 'Loss', x: 'epoch', y: 'loss', series: [{ name: 'BAM', x: [1, 2], y: [3.1, 2.4] }] });
 */
export function lineChart(options: LineChartOptions): VegaLiteSpec {
  const { title, x, y, series } = options;
  for (const one of series) checkSeries(one);
  const values = series.flatMap((one) =>
    one.x.map((at, i) => ({
      series: one.name,
      x: at,
      y: one.y[i],
      ...(one.low && one.high ? { low: one.low[i], high: one.high[i] } : {}),
    })),
  );
  const colour = { field: 'series', type: 'nominal', sort: null, title: null, legend: { labelLimit: 320 } };
  const line = {
    mark: { type: 'line', point: values.length <= 60 * series.length ? { size: 18 } : false, tooltip: true },
    encoding: { y: { field: 'y', type: 'quantitative', title: y, scale: { zero: false } } },
  };
  const band = {
    transform: [{ filter: 'isValid(datum.low)' }],
    mark: { type: 'area', opacity: 0.18 },
    encoding: { y: { field: 'low', type: 'quantitative', title: y }, y2: { field: 'high' } },
  };
  return chartSpec(title, options.description ?? `${title}: ${y} over ${x}.`, {
    data: { values },
    encoding: { x: { field: 'x', type: 'quantitative', title: x, ...whole(values) }, color: colour },
    layer: series.some(({ low, high }) => low && high) ? [band, line] : [line],
  });
}

/** Epochs and steps get whole ticks; Vega-Lite loses `tickMinStep` when layers share an axis, so their number is bounded instead. */
function whole(values: readonly { x: number }[]): object {
  const places = values.map(({ x }) => x);
  if (places.length === 0 || !places.every(Number.isInteger)) return {};
  const span = Math.max(...places) - Math.min(...places);
  return { axis: { tickCount: Math.min(10, Math.max(1, span)), format: 'd' } };
}

function checkSeries({ name, x, y, low, high }: LineSeries): void {
  for (const [axis, values] of Object.entries({ x, y, low, high })) {
    if (!values) continue;
    if (values.length !== x.length) {
      throw new RangeError(
        `lineChart: series ${name}: ${axis} must have ${x.length} values as x has, got ${values.length}.`,
      );
    }
    const bad = values.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0)
      throw new RangeError(`lineChart: series ${name}: ${axis}[${bad}] must be finite, got ${values[bad]}.`);
  }
}
