#!/usr/bin/env node
// Starts the kernel from its TypeScript source: node fovea-kernel.mjs CONNECTION_FILE
import { register } from 'tsx/esm/api';
import { register as registerRequire } from 'tsx/cjs/api';

const { emitWarning } = process;
process.emitWarning = (warning, ...rest) => {
  // Loading modules from a cell's folder rests on this one; it has been stable since Node 20.12.
  if (String(warning).includes('USE_MAIN_CONTEXT_DEFAULT_LOADER')) return;
  emitWarning.call(process, warning, ...rest);
};
registerRequire();
register();
await import('../src/kernel/main.ts');
