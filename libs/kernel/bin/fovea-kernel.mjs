#!/usr/bin/env node
// Starts the kernel: node fovea-kernel.mjs CONNECTION_FILE
import module, { createRequire, register } from 'node:module';
import { resolve } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import { newBundle, readyBundle } from './bundle.mjs';

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
  const own = packagesAsTheyAre();
  cjs.register();
  own();
  esm.register();
  // Registered last, so that it sees what tsx makes of TypeScript.
  const { port1, port2 } = new MessageChannel();
  if (registerHooks) registerHooks((await import('./local-hooks.mjs')).synchronousHooks(port2));
  else
    register(new URL('./local-hooks.mjs', import.meta.url), { data: { port: port2 }, transferList: [port2] });
  port1.unref();
  return { port: port1, commonJs: (await import('./local-commonjs.mjs')).watchCommonJs() };
}

/** Packages are JavaScript: what tsx does to files and names costs them time. Returns what to call when tsx has set itself up. */
function packagesAsTheyAre() {
  const { Module } = module;
  const isPackage = (file) => file?.includes('/node_modules/') === true;
  const plain = { js: Module._extensions['.js'], resolve: Module._resolveFilename };
  return () => {
    const tsx = { js: Module._extensions['.js'], resolve: Module._resolveFilename };
    Module._resolveFilename = function (id, parent, ...rest) {
      if (!isPackage(parent?.filename)) return tsx.resolve.call(this, id, parent, ...rest);
      try {
        return plain.resolve.call(this, id, parent, ...rest);
      } catch {
        return tsx.resolve.call(this, id, parent, ...rest);
      }
    };
    Module._extensions['.js'] = (target, file) => {
      if (!isPackage(file)) return tsx.js(target, file);
      try {
        return plain.js(target, file);
      } catch (error) {
        // ECMAScript where CommonJS was expected: tsx makes the one of the other.
        if (!(error instanceof SyntaxError) && error?.code !== 'ERR_REQUIRE_ESM') throw error;
        return tsx.js(target, file);
      }
    };
  };
}

const [file] = process.argv.slice(2);
if (!file) {
  process.stderr.write('usage: fovea-kernel CONNECTION_FILE\n');
  process.exit(2);
}
delete process.env.FORCE_COLOR; // of whatever started us: a notebook's text is compared, and is the same everywhere
const connectionFile = resolve(file);
const folder = process.cwd();
const launch = { prepare, files: undefined };
globalThis[Symbol.for('fovea.launch')] = launch;

const ready = process.env.FOVEA_KERNEL_SOURCE ? undefined : readyBundle();
launch.files = ready?.files ?? (process.env.FOVEA_KERNEL_SOURCE ? undefined : await newBundle());
if (launch.files) {
  // Not a module of ECMAScript: their loader would be started first.
  const require = createRequire(import.meta.url);
  const gateway = require(launch.files.start).startGateway(connectionFile);
  if (ready && !ready.rest()) launch.files = (await newBundle()) ?? launch.files;
  require(launch.files.kernel).startKernel({ gateway, folder });
} else {
  await prepare();
  const { startGateway } = await import('../src/kernel/start-gateway.ts');
  const { startKernel } = await import('../src/kernel/kernel.ts');
  startKernel({ gateway: startGateway(connectionFile), folder });
}
