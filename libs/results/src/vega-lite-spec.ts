/** A Vega-Lite v5 specification as plain JSON: commit it, compare it, show it under `application/vnd.vegalite.v5+json`. */
export interface VegaLiteSpec {
  readonly $schema: 'https://vega.github.io/schema/vega-lite/v5.json';
  readonly description: string;
  readonly [property: string]: unknown;
}

/** What every chart of ours shares: the schema, a size, and quiet axes that read on light and dark paper. */
export function chartSpec(title: string, description: string, rest: Record<string, unknown>): VegaLiteSpec {
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
    title: { text: title, anchor: 'start', fontSize: 13 },
    description,
    width: 420,
    height: 240,
    config: {
      view: { stroke: null },
      axis: { gridOpacity: 0.35, domainOpacity: 0.5, tickOpacity: 0.5 },
      range: { category: COLOURS },
    },
    ...rest,
  };
}

/** Okabe and Ito's colours, told apart with any colour vision. */
const COLOURS = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#56B4E9', '#E69F00', '#7F7F7F', '#9467BD'];
