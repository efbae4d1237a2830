import { randomUUID } from 'node:crypto';
import { notebookHost } from './host.ts';
import { base64 } from './images.ts';
import { mimeBundle, type MimeBundle } from './mime-bundle.ts';

/** An output that can be changed later. */
export interface DisplayHandle {
  readonly id: string;
  /** Shows another value in its place. */
  update(value: unknown): void;
}

/** Where and how to show a value. */
export interface DisplayOptions {
  /** Name of the output; without one it gets a fresh one. */
  readonly id?: string;
  /** `value` is already data by MIME type. */
  readonly raw?: boolean;
}

/** `display(value)`, and one function per format as notebooks written for tslab use them. */
export interface Display {
  (value: unknown, options?: DisplayOptions): DisplayHandle;
  javascript(text: string): void;
  html(text: string): void;
  markdown(text: string): void;
  latex(text: string): void;
  svg(text: string): void;
  png(bytes: Uint8Array): void;
  jpeg(bytes: Uint8Array): void;
  gif(bytes: Uint8Array): void;
  pdf(bytes: Uint8Array): void;
  text(text: string): void;
  json(value: unknown): void;
  /** Text, bytes, or an object for JSON formats. */
  raw(mime: string, content: unknown): void;
}

/** Registered, since a notebook may load this module a second time. */
const shownAlready = Symbol.for('fovea.shown');

/**
 * Shows a value in the notebook, in the richest format it has.
 *
 * @example
 * const handle = display({ step: 0 });
 * handle.update({ step: 1 });
 */
export const display: Display = makeDisplay();

/** A display of its own: the first output appears, later ones replace it. */
export function newDisplay(): Display {
  return makeDisplay(randomUUID());
}

/** Removes the cell's outputs; with `wait`, not before the next one comes. */
export function clearOutput({ wait = false }: { readonly wait?: boolean } = {}): void {
  notebookHost()?.clear(wait);
}

/** True for what `display(…)` returns: its output is there already, so a cell that ends on it shows nothing more. */
export function isDisplayHandle(value: unknown): boolean {
  return typeof value === 'object' && value !== null && shownAlready in value;
}

function makeDisplay(id?: string): Display {
  let shown = false;
  const show = (bundle: MimeBundle | Promise<MimeBundle>, name = id): void => {
    emit(bundle, name, id !== undefined && shown);
    shown = true;
  };
  const text = (mime: string) => (content: string) => show(bundleOf(mime, content));
  const bytes = (mime: string) => (content: Uint8Array) => show(bundleOf(mime, content));
  const call = (value: unknown, options: DisplayOptions = {}): DisplayHandle => {
    const name = options.id ?? id ?? randomUUID();
    const bundle = (one: unknown): MimeBundle | Promise<MimeBundle> =>
      options.raw ? { data: one as Record<string, unknown>, metadata: {} } : mimeBundle(one);
    show(bundle(value), name);
    const handle: DisplayHandle = { id: name, update: (next) => emit(bundle(next), name, true) };
    return Object.defineProperty(handle, shownAlready, { value: true });
  };
  return Object.assign(call, {
    javascript: text('text/javascript'),
    html: text('text/html'),
    markdown: text('text/markdown'),
    latex: text('text/latex'),
    svg: text('image/svg+xml'),
    png: bytes('image/png'),
    jpeg: bytes('image/jpeg'),
    gif: bytes('image/gif'),
    pdf: bytes('application/pdf'),
    text: text('text/plain'),
    json: (value: unknown) => show(bundleOf('application/json', value)),
    raw: (mime: string, content: unknown) => show(bundleOf(mime, content)),
  });
}

function bundleOf(mime: string, content: unknown): MimeBundle {
  const value = content instanceof Uint8Array ? base64(content) : content;
  return { data: { [mime]: value }, metadata: {} };
}

/** Outside a notebook the text is printed, so that a script works in both places. */
function emit(bundle: MimeBundle | Promise<MimeBundle>, id: string | undefined, update: boolean): void {
  const host = notebookHost();
  if (host) return host.display(bundle, id, update);
  const print = ({ data }: MimeBundle): void => {
    const text = data['text/plain'] ?? data['text/markdown'] ?? `[${Object.keys(data).join(', ')}]`;
    process.stdout.write(`${typeof text === 'string' ? text : JSON.stringify(text)}\n`);
  };
  if (bundle instanceof Promise) void bundle.then(print);
  else print(bundle);
}
