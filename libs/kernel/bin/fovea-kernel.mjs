#!/usr/bin/env node
// Starts the kernel: node fovea-kernel.mjs CONNECTION_FILE
import module, { register } from 'node:module';
import { MessageChannel } from 'node:worker_threads';
import { bundledKernel } from './bundle.mjs';

const { registerHooks } = module; // Node 22.15 and later
const { emitWarning } = process;
process.emitWarning = (warning, ...rest) => {
  // Loading modules from a cell's folder rests on this one; it has been there since Node 20.12.
  if (String(warning).includes('USE_MAIN_CONTEXT_DEFAULT_LOADER')) return;
  emitWarning.call(process, warning, ...rest);
};

let loader;
/** Makes TypeScript files importable; cells need it, the start does not. */
const prepare = () => (loader ??= load());
async function load() {
  const [esm, cjs] = await Promise.all([import('tsx/esm/api'), import('tsx/cjs/api')]);
  cjs.register();
  esm.register();
  // Registered last, so that it sees what tsx makes of TypeScript.
  const { port1, port2 } = new MessageChannel();
  if (registerHooks) registerHooks((await import('./local-hooks.mjs')).synchronousHooks(port2));
  else
    register(new URL('./local-hooks.mjs', import.meta.url), { data: { port: port2 }, transferList: [port2] });
  port1.unref();
  return port1;
}

const bundle = process.env.FOVEA_KERNEL_SOURCE ? undefined : await bundledKernel();
globalThis[Symbol.for('fovea.launch')] = { prepare, bundle };
if (!bundle) await prepare();
await import(bundle?.main ?? '../src/kernel/main.ts');
