import { inspect } from 'node:util';
import { imageBundle } from './images.ts';
import { isModel, modelBundle } from './models.ts';
import { isDataFrame, isSeries, tableBundle } from './tables.ts';
import { isTensor, tensorBundle } from './tensors.ts';
import { isVegaSpec, vegaBundle } from './vega.ts';

/** One output in several formats, by MIME type; the front end shows the richest it knows. */
export interface MimeBundle {
  readonly data: Readonly<Record<string, unknown>>;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** The method that lets any object say how it looks in a notebook: it returns data by MIME type, or a promise of it. */
export const displaySymbol = Symbol.for('Jupyter.display');

/**
 * How a value looks in a notebook.
 *
 * In this order: its own `[Symbol.for('Jupyter.display')]()`, Vega and Vega-Lite specifications (also from `toSpec()`), data frames
 * and series, tensors, models, PNG, JPEG and GIF bytes, `outerHTML`, and for everything Node's own text.
 * A promise comes back only where the value's own method gives one.
 */
export function mimeBundle(value: unknown): MimeBundle | Promise<MimeBundle> {
  if (typeof value !== 'object' || value === null) {
    const own = typeof value === 'function' ? ownBundle(value) : undefined;
    return own ?? textBundle(inspect(value));
  }
  const own = ownBundle(value);
  if (own) return own;
  try {
    return known(value) ?? textBundle(inspect(value));
  } catch {
    // An object that only looks like one of those, or a tensor that is disposed.
    return textBundle(inspect(value));
  }
}

/** A bundle of plain text. */
export function textBundle(text: string): MimeBundle {
  return { data: { 'text/plain': text }, metadata: {} };
}

function known(value: object): MimeBundle | undefined {
  if (isVegaSpec(value)) return vegaBundle(value);
  const { toSpec, outerHTML } = value as { toSpec?: unknown; outerHTML?: unknown };
  if (typeof toSpec === 'function') {
    const spec: unknown = toSpec.call(value);
    if (isVegaSpec(spec)) return vegaBundle(spec);
  }
  if (isDataFrame(value) || isSeries(value)) return tableBundle(value);
  if (isTensor(value)) return tensorBundle(value);
  if (isModel(value)) return modelBundle(value);
  if (value instanceof Uint8Array) return imageBundle(value);
  if (typeof outerHTML === 'string') {
    return { data: { 'text/html': outerHTML, 'text/plain': inspect(value) }, metadata: {} };
  }
  return undefined;
}

function ownBundle(value: object): MimeBundle | Promise<MimeBundle> | undefined {
  const method: unknown = Reflect.get(value, displaySymbol);
  if (typeof method !== 'function') return undefined;
  const answer: unknown = method.call(value);
  const finish = (data: unknown): MimeBundle => {
    if (typeof data !== 'object' || data === null) {
      throw new TypeError(
        `Symbol.for('Jupyter.display') must return data by MIME type, got ${inspect(data)}.`,
      );
    }
    return {
      data: 'text/plain' in data ? { ...data } : { ...data, 'text/plain': plain(value) },
      metadata: {},
    };
  };
  return answer instanceof Promise ? answer.then(finish) : finish(answer);
}

function plain(value: object): string {
  return inspect(value, { depth: 0 });
}
