import { createRequire } from 'node:module';
import type * as TypeScript from 'typescript';

const require = createRequire(import.meta.url);
let loaded: typeof TypeScript | undefined;

/** TypeScript, loaded on first use: it takes longer to load than a kernel to start. */
export function typescript(): typeof TypeScript {
  return (loaded ??= require('typescript') as typeof TypeScript);
}
