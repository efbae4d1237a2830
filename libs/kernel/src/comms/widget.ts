import { randomUUID } from 'node:crypto';
import { displaySymbol } from '../displays/mime-bundle.ts';
import { notebookHost } from '../displays/host.ts';
import type { Comm } from './comms.ts';

/** What a widget is made of; `esm` is a module as anywidget wants it: `export default { render({ model, el }) { … } }`. */
export interface WidgetOptions<State extends Readonly<Record<string, unknown>>> {
  readonly esm: string;
  readonly css?: string;
  readonly state: State;
}

/**
 * A widget whose state the kernel and the page share; the front end needs the `anywidget` extension.
 *
 * @example
 * const slider = new Widget({ esm: 'export default { render({ el }) { el.textContent = "hi" } }', state: { value: 1 } });
 * slider.on('value', (value) => console.log(value));
 * slider;
 */
export class Widget<State extends Readonly<Record<string, unknown>>> {
  readonly #comm: Comm;
  readonly #listeners = new Map<string, ((value: unknown) => void)[]>();
  /** What tells the page which model and view to make. */
  readonly #model: Readonly<Record<string, unknown>>;
  #state: State;

  constructor({ esm, css, state }: WidgetOptions<State>) {
    const host = notebookHost();
    if (!host) throw new Error('Widget: works only in a notebook.');
    this.#state = state;
    const module = { _model_module: 'anywidget', _model_module_version: '~0.9.*', _model_name: 'AnyModel' };
    const view = { _view_module: 'anywidget', _view_module_version: '~0.9.*', _view_name: 'AnyView' };
    this.#model = {
      ...module,
      ...view,
      _view_count: null,
      _dom_classes: [],
      _anywidget_id: 'fovea.Widget',
      _esm: esm,
      ...(css === undefined ? {} : { _css: css }),
    };
    const { plain, paths, buffers } = splitBuffers({ ...this.#model, ...state });
    const extras = { metadata: { version: '2.1.0' }, buffers };
    const data = { state: plain, buffer_paths: paths };
    this.#comm = host.comms.open('jupyter.widget', data, extras, randomUUID().replaceAll('-', ''));
    this.#comm.onMessage = ({ data: message, buffers: received }) => this.#receive(message, received);
  }

  get state(): State {
    return this.#state;
  }

  /** Changes the state here and on the page. */
  set(changes: Partial<State>): void {
    this.#state = { ...this.#state, ...changes };
    this.#update(changes);
  }

  /** Calls back when the page changes a part of the state. */
  on<Key extends string & keyof State>(key: Key, listener: (value: State[Key]) => void): void {
    const all = this.#listeners.get(key) ?? [];
    this.#listeners.set(key, [...all, listener as (value: unknown) => void]);
  }

  close(): void {
    this.#comm.close();
  }

  [displaySymbol](): Record<string, unknown> {
    const view = { model_id: this.#comm.id, version_major: 2, version_minor: 1 };
    return { 'application/vnd.jupyter.widget-view+json': view, 'text/plain': 'Widget' };
  }

  #update(changes: object): void {
    const { plain, paths, buffers } = splitBuffers(changes as Record<string, unknown>);
    this.#comm.send({ method: 'update', state: plain, buffer_paths: paths }, { buffers });
  }

  #receive(message: Readonly<Record<string, unknown>>, buffers: readonly Uint8Array[]): void {
    // A page that was loaded anew knows nothing of the model.
    if (message.method === 'request_state') return this.#update({ ...this.#model, ...this.#state });
    if (message.method !== 'update') return;
    const changes: Record<string, unknown> = { ...(message.state as object) };
    for (const [i, path] of ((message.buffer_paths ?? []) as string[][]).entries()) {
      // Buffers at the top of the state, which is where this class sends them from.
      if (path.length === 1 && path[0] !== undefined) changes[path[0]] = buffers[i];
    }
    this.#state = { ...this.#state, ...(changes as Partial<State>) };
    for (const [key, value] of Object.entries(changes)) {
      for (const listener of this.#listeners.get(key) ?? []) listener(value);
    }
  }
}

/** Bytes travel beside the JSON, with the path where they belong. */
function splitBuffers(state: Readonly<Record<string, unknown>>): {
  plain: Record<string, unknown>;
  paths: string[][];
  buffers: Uint8Array[];
} {
  const plain: Record<string, unknown> = {};
  const paths: string[][] = [];
  const buffers: Uint8Array[] = [];
  for (const [key, value] of Object.entries(state)) {
    if (value instanceof Uint8Array) {
      paths.push([key]);
      buffers.push(value);
    } else plain[key] = value;
  }
  return { plain, paths, buffers };
}
