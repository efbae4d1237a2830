import type { MimeBundle } from '../displays/mime-bundle.ts';

/** Shows what is displayed under one name in the order in which it was displayed, also where some of it takes time to make. */
export class DisplayOrder {
  readonly #showing = new Map<string, Promise<void>>();

  /** Shows a bundle now, or once it is made and what came before it has been shown; then with a promise. */
  show(
    bundle: MimeBundle | Promise<MimeBundle>,
    id: string | undefined,
    show: (ready: MimeBundle) => void,
  ): Promise<void> | undefined {
    const before = id === undefined ? undefined : this.#showing.get(id);
    if (!before && !(bundle instanceof Promise)) {
      show(bundle);
      return undefined;
    }
    const shown = Promise.all([bundle, before?.catch(() => undefined)]).then(([ready]) => show(ready));
    if (id === undefined) return shown;
    this.#showing.set(id, shown);
    const done = (): void => {
      if (this.#showing.get(id) === shown) this.#showing.delete(id);
    };
    shown.then(done, done);
    return shown;
  }
}
