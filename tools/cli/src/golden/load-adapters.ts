import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { GoldenAdapter } from './adapter.ts';

/** Adapters by function, and one message for each thing that is wrong with the adapter files. */
export interface LoadedAdapters {
  readonly adapters: ReadonlyMap<string, GoldenAdapter>;
  readonly failures: readonly string[];
}

/** Loads `adapters` of every `.ts` file in a folder; a broken file is reported and the others still serve. */
export async function loadAdapters(
  directory = join(dirname(fileURLToPath(import.meta.url)), 'adapters'),
): Promise<LoadedAdapters> {
  const adapters = new Map<string, GoldenAdapter>();
  const failures: string[] = [];
  const names = readdirSync(directory).filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'));
  for (const name of names.sort()) {
    const where = `adapters/${name}`;
    try {
      const module = (await import(pathToFileURL(join(directory, name)).href)) as { adapters?: unknown };
      if (!Array.isArray(module.adapters)) throw new Error('it must export an array named adapters.');
      for (const adapter of module.adapters as GoldenAdapter[]) {
        if (typeof adapter?.function !== 'string' || typeof adapter.run !== 'function') {
          throw new Error('each adapter must have { function: string, run(inputs, options, wanted) }.');
        }
        if (adapters.has(adapter.function))
          failures.push(`${where}: '${adapter.function}' already has an adapter.`);
        else adapters.set(adapter.function, adapter);
      }
    } catch (error) {
      failures.push(`${where} did not load: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return { adapters, failures };
}
