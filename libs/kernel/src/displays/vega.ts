import { createRequire } from 'node:module';
import type * as Vega from 'vega';
import type * as VegaLite from 'vega-lite';
import type { MimeBundle } from './mime-bundle.ts';

/** A Vega or Vega-Lite specification. */
export interface VegaSpec {
  readonly $schema: string;
  readonly [key: string]: unknown;
}

const require = createRequire(import.meta.url);

export function isVegaSpec(value: unknown): value is VegaSpec {
  if (typeof value !== 'object' || value === null) return false;
  const { $schema } = value as { $schema?: unknown };
  return typeof $schema === 'string' && /vega(-lite)?\/v\d/.test($schema);
}

/** The specification itself for front ends that draw it, and a drawing for all others. */
export function vegaBundle(spec: VegaSpec): MimeBundle {
  const lite = spec.$schema.includes('vega-lite');
  // JupyterLab knows versions up to 5 by these names.
  const mime = lite ? 'application/vnd.vegalite.v5+json' : 'application/vnd.vega.v5+json';
  const text = `${lite ? 'Vega-Lite' : 'Vega'} chart${typeof spec.description === 'string' ? `: ${spec.description}` : ''}`;
  const data: Record<string, unknown> = {
    [mime]: JSON.parse(JSON.stringify(spec)) as unknown,
    'text/plain': text,
  };
  try {
    // Vega marks the data it draws; the user's stay as they are.
    data['image/svg+xml'] = vegaSvg(structuredClone(spec));
  } catch (error) {
    data['text/plain'] = `${text} (not drawn: ${error instanceof Error ? error.message : String(error)})`;
  }
  return { data, metadata: {} };
}

/** Draws a specification whose data lie in it, without waiting. */
export function vegaSvg(spec: VegaSpec): string {
  const vega = require('vega') as typeof Vega;
  const compiled = spec.$schema.includes('vega-lite')
    ? (require('vega-lite') as typeof VegaLite).compile(spec as unknown as VegaLite.TopLevelSpec).spec
    : (spec as unknown as Vega.Spec);
  const view = new vega.View(vega.parse(compiled), { renderer: 'none', logLevel: vega.Error }).run();
  const { SVGStringRenderer, resetSVGDefIds, resetSVGClipId } = vega as unknown as SceneGraph;
  // Numbers in ids start afresh, so that the same chart is the same text.
  resetSVGClipId();
  resetSVGDefIds();
  // view.toSVG() would do, but it makes one wait, and outputs would overtake the chart.
  const { left, right, top, bottom } = view.padding() as Record<'left' | 'right' | 'top' | 'bottom', number>;
  const { _viewWidth: width, _viewHeight: height } = view as unknown as {
    _viewWidth: number;
    _viewHeight: number;
  };
  const [x, y] = view.origin();
  const svg = new SVGStringRenderer()
    .initialize(null, Math.max(0, width + left + right), Math.max(0, height + top + bottom), [
      x + left,
      y + top,
    ])
    .background(view.background())
    .render((view.scenegraph() as unknown as { root: unknown }).root)
    .svg();
  view.finalize();
  return svg;
}

/** Parts of vega that its types leave out. */
interface SceneGraph {
  SVGStringRenderer: new () => StringRenderer;
  resetSVGClipId(): void;
  resetSVGDefIds(): void;
}

interface StringRenderer {
  initialize(element: null, width: number, height: number, origin: number[]): StringRenderer;
  background(colour: unknown): StringRenderer;
  render(scene: unknown): StringRenderer;
  svg(): string;
}
