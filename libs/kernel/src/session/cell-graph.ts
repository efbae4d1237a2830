/** One execution: what it declared and what it used. */
interface Ran {
  readonly label: string;
  readonly declares: readonly string[];
  readonly uses: readonly string[];
  readonly version: number;
}

/** Executions that are remembered. */
const maxRuns = 2000;

/** Which cell gave which names, and which executions have used values that have changed since. */
export class CellGraph {
  readonly #givers = new Map<string, { label: string; version: number }>();
  readonly #runs = new Map<string, Ran>();
  #version = 0;

  /** Notes an execution; running the same text again replaces its earlier run. */
  add(source: string, label: string, declares: readonly string[], uses: readonly string[]): void {
    this.#version++;
    for (const name of declares) this.#givers.set(name, { label, version: this.#version });
    this.#runs.delete(source);
    this.#runs.set(source, { label, declares, uses, version: this.#version });
    if (this.#runs.size > maxRuns) this.#runs.delete(this.#runs.keys().next().value ?? '');
  }

  /** Cells that have run before a name they use was declared anew. */
  stale(): { readonly label: string; readonly name: string; readonly since: string }[] {
    return [...this.#runs.values()].flatMap(({ label, uses, version }) =>
      uses.flatMap((name) => {
        const giver = this.#givers.get(name);
        return giver && giver.version > version ? [{ label, name, since: giver.label }] : [];
      }),
    );
  }

  /** The same as text. */
  report(): string {
    const lines = this.stale().map(
      ({ label, name, since }) => `${label} used ${name}, which ${since} declared anew.`,
    );
    return lines.length > 0 ? lines.join('\n') : 'No cell is stale.';
  }
}
