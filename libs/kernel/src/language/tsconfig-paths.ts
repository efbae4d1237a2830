import { dirname, join, relative } from 'node:path';
import { typescript } from '../compiler/typescript.ts';

/** `compilerOptions.paths` of the nearest tsconfig.json, as they read in a configuration that lies in the folder itself. */
export function tsconfigPaths(folder: string): Record<string, string[]> {
  const ts = typescript();
  const found = ts.findConfigFile(folder, (file) => ts.sys.fileExists(file));
  if (found === undefined) return {};
  const { config } = ts.readConfigFile(found, (file) => ts.sys.readFile(file)) as { config?: unknown };
  // Only options are wanted, so no folder is searched for sources.
  const host = { ...ts.sys, readDirectory: () => [] };
  const { options } = ts.parseJsonConfigFileContent(config ?? {}, host, dirname(found), undefined, found);
  const base = (options.pathsBasePath as string | undefined) ?? dirname(found);
  // The loaders add what an import leaves out; a type checker of ES modules adds nothing.
  const endings = ['', '.ts', '/index.ts'];
  const here = (target: string): string[] => {
    const path = relative(folder, join(base, target));
    return endings.map((ending) => `${path.startsWith('.') ? path : `./${path}`}${ending}`);
  };
  return Object.fromEntries(
    Object.entries(options.paths ?? {}).map(([alias, targets]) => [alias, targets.flatMap(here)]),
  );
}
