// Every package of package-lock.json that has an install script, with the decision about it. A spec holds the list complete.
// Checked with all scripts off on Node 20: `zeromq`, `sharp`, `nx` (native part) and `esbuild` load and work.

/** @type {Record<string, { run: boolean, why: string }>} */
export const installScripts = {
  '@tensorflow/tfjs-node-gpu': {
    run: false,
    why: 'downloads an old TensorFlow; the binding step compiles ours',
  },
  'core-js': { run: false, why: 'prints an advertisement' },
  esbuild: {
    run: false,
    why: 'only replaces a JavaScript launcher by the binary that the platform package holds',
  },
  nx: { run: false, why: 'only fetches the client of a hosted cache, which is not used' },
  zeromq: {
    run: false,
    why: 'compiles from source; the package holds N-API binaries for every platform we support',
  },
};
