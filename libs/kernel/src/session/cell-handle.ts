import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { CompiledCell } from '../compiler/compile-cell.ts';
import { evaluated } from './evaluated.ts';
import type { Importer } from './importer.ts';
import type { Scope } from './scope.ts';

const require = createRequire(import.meta.url);

/** What compiled cells call `$$0`: the kernel as their code knows it. */
export function cellHandle(importer: Importer, scope: Scope, stop: () => void): object {
  return {
    meta: {
      url: pathToFileURL(importer.file).href,
      filename: importer.file,
      dirname: importer.folder,
      resolve: (specifier: string) => pathToFileURL(importer.require.resolve(specifier)).href,
    },
    import: (specifier: string, options?: { with?: Record<string, string> }) =>
      importer.import(specifier, options?.with),
    stop,
    use: (resources: object, value: unknown, awaits: boolean) =>
      helpers().__addDisposableResource?.(resources, value, awaits),
    dispose: (resources: object) => helpers().__disposeResources?.(resources),
    binding: (name: string) => scope.binding(name),
    evaluated: (text: unknown, locals: string[], ownThis: boolean, kernel: string) =>
      evaluated(text, scope, { locals, ownThis, kernel }),
  };
}

/** Gives a cell what TypeScript's decorators and blocks with `using` compile to calls of. */
export function provideHelpers({ uses }: CompiledCell, scope: Scope): void {
  for (const name of uses) {
    if (!name.startsWith('__') || scope.binding(name).isInitialised) continue;
    const known = helpers();
    if (Object.hasOwn(known, name)) scope.provide(name, known[name]);
  }
}

function helpers(): Record<string, ((...values: unknown[]) => unknown) | undefined> {
  return require('tslib') as ReturnType<typeof helpers>;
}
