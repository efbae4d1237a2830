import { chartSpec, type VegaLiteSpec } from './vega-lite-spec.ts';

/** One bar; `low` and `high` draw an interval. */
export interface Bar {
  readonly label: string;
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
}

export interface BarChartOptions {
  readonly title: string;
  readonly value: string;
  readonly bars: readonly Bar[];
  /** Text for those who cannot see the chart; default: the title and every bar's value. */
  readonly description?: string;
}

/**
 * A Vega-Lite chart of horizontal bars from zero, in the order given, with intervals where a bar has one.
 *
 * @throws RangeError when a value is not finite
 *
 * @example
 * barChart({ title: 'kNN', value: 'top-1 (%)', bars: [{ label: 'BAM', value: 47.2, low: 46.1, high: 48.0 }] });
 */
export function barChart(options: BarChartOptions): VegaLiteSpec {
  const { title, value, bars } = options;
  for (const bar of bars) {
    for (const [name, number] of Object.entries({ value: bar.value, low: bar.low, high: bar.high })) {
      if (number !== undefined && !Number.isFinite(number)) {
        throw new RangeError(`barChart: bar ${bar.label}: ${name} must be finite, got ${number}.`);
      }
    }
  }
  const spoken = bars.map((bar) => `${bar.label} ${Number(bar.value.toPrecision(4))}`).join(', ');
  const y = { field: 'label', type: 'nominal', sort: null, title: null };
  const interval = {
    transform: [{ filter: 'isValid(datum.low) && isValid(datum.high)' }],
    mark: { type: 'rule', strokeWidth: 2 },
    encoding: { y, x: { field: 'low', type: 'quantitative' }, x2: { field: 'high' } },
  };
  const body = {
    mark: { type: 'bar', tooltip: true, color: '#0072B2', opacity: 0.85 },
    encoding: { y, x: { field: 'value', type: 'quantitative', title: value } },
  };
  return chartSpec(title, options.description ?? `${title}, ${value}: ${spoken}.`, {
    height: { step: 24 },
    data: { values: bars.map((bar) => ({ ...bar })) },
    layer: bars.some(({ low, high }) => low !== undefined && high !== undefined) ? [body, interval] : [body],
  });
}
