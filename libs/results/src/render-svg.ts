import * as vega from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import type { VegaLiteSpec } from './vega-lite-spec.ts';

let last: Promise<unknown> = Promise.resolve();

/**
 * Draws a Vega-Lite specification as SVG, without a browser; equal specifications give equal text.
 *
 * @throws Error when Vega-Lite refuses the specification or warns about it
 *
 * @example
 * const svg = await renderSvg(lineChart({ title: 'Loss', x: 'epoch', y: 'loss', series }));
 */
export function renderSvg(spec: VegaLiteSpec): Promise<string> {
  // One at a time: Vega numbers clip paths with a counter of the whole process.
  const drawing = last.then(() => draw(spec));
  last = drawing.catch(() => undefined);
  return drawing;
}

async function draw(spec: VegaLiteSpec): Promise<string> {
  const refuse = (...message: unknown[]): never => {
    throw new Error(`renderSvg: ${message.join(' ')}`);
  };
  const logger = { ...vega.logger(vega.Warn), warn: refuse, error: refuse };
  const compiled = compile(spec as unknown as TopLevelSpec, { logger });
  resetCounters();
  const view = new vega.View(vega.parse(compiled.spec), { renderer: 'none', logger });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

/** Vega exports it, its type declarations leave it out. */
function resetCounters(): void {
  (vega as typeof vega & { resetSVGDefIds: () => void }).resetSVGDefIds();
}
