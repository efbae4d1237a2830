import { inspect } from 'node:util';

/** One output in several formats, by MIME type; the front end shows the richest it knows. */
export interface MimeBundle {
  readonly data: Readonly<Record<string, unknown>>;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** The method that lets any object say how it looks in a notebook. */
export const displaySymbol: unique symbol = Symbol.for('Jupyter.display') as never;

/** How a value looks in a notebook. */
export async function mimeBundle(value: unknown): Promise<MimeBundle> {
  return { data: { 'text/plain': inspect(value) }, metadata: {} };
}
