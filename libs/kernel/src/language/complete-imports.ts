import { readdirSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, resolve } from 'node:path';

/** A module's name that is being written. */
export interface TypedModule {
  /** What stands behind the last slash of a path, or the whole name of a package. */
  readonly typed: string;
  readonly names: readonly string[];
}

const sources = /\.(?:[cm]?[jt]s|json)$/;

/** What may stand in the text of an import at the end of `before`; undefined where that is no import. */
export function moduleNames(before: string, folder: string): TypedModule | undefined {
  const line = before.slice(before.lastIndexOf('\n') + 1);
  const written = /(?:\bfrom|\bimport|\bimport\s*\(|\brequire\s*\()\s*(['"])([^'"]*)$/.exec(line)?.[2];
  if (written === undefined) return undefined;
  if (!/^(?:\.{1,2}\/|\/)/.test(written)) return { typed: written, names: packageNames(folder) };
  const slash = written.lastIndexOf('/') + 1;
  const entries = list(resolve(folder, written.slice(0, slash)));
  const names = entries.flatMap((entry) => {
    if (entry.name.startsWith('.') || entry.name === 'node_modules') return [];
    if (entry.isDirectory()) return [`${entry.name}/`];
    return sources.test(entry.name) && !entry.name.endsWith('.d.ts') ? [entry.name] : [];
  });
  return { typed: written.slice(slash), names };
}

/** The module whose exports are named between the braces that the cursor is in. */
export function namedModule(before: string, after: string): string | undefined {
  if (!/\bimport\s+(?:type\s+)?(?:[\w$]+\s*,\s*)?\{[^{}'"]*$/.test(before)) return undefined;
  return /^[^{}'"]*\}\s*from\s*(['"])([^'"]+)\1/.exec(after)?.[2];
}

/** Node's own modules and the packages that a file in a folder can import. */
function packageNames(folder: string): string[] {
  const names = new Set(builtinModules.filter((name) => !name.startsWith('_')).map((name) => `node:${name}`));
  for (let at = folder; ; at = dirname(at)) {
    for (const { name } of list(join(at, 'node_modules'))) {
      if (name.startsWith('.')) continue;
      if (!name.startsWith('@')) names.add(name);
      else for (const inner of list(join(at, 'node_modules', name))) names.add(`${name}/${inner.name}`);
    }
    if (dirname(at) === at) return [...names].filter((name) => !name.startsWith('@types/'));
  }
}

function list(folder: string): { readonly name: string; isDirectory(): boolean }[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
