import { mkdirSync, readlinkSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { linkAtomic, publishFolder, readJson, temporarySibling, writeJsonAtomic } from '../atomic.mjs';
import { findCompiler } from '../compiler.mjs';
import { sha256FileSync, sha256Json } from '../digest.mjs';
import { SetupFailure, commandFailure } from '../failure.mjs';
import { namesIn } from '../files.mjs';
import { runCommand } from '../run-command.mjs';
import { folderOf as libtensorflowFolder } from './libtensorflow.mjs';

/** @typedef {import('../context.mjs').Context} Context */

const flags = ['-O2', '-std=c++17', '-shared', '-fPIC', '-DNAPI_VERSION=8'];
const file = 'tfjs_binding.node';
/** What `file` loads: quiet_loader.cc says why there are two. */
const implementation = 'tfjs_binding_impl.node';
/** Ops of Fovea's own, which `file` loads after the binding. */
const kernels = 'fovea_kernels.so';
/** For loops over arrays: `omp simd` says what may be reordered, so that nothing else is. */
const kernelFlags = ['-O3', '-fopenmp-simd', '-fno-math-errno', '-fno-trapping-math'];

export const binding = {
  name: 'binding',
  space: () => ({ repository: 0, cache: 1e6 }),

  /** @param {Context} context */
  isCurrent(context) {
    const target = linkTarget(context);
    if (target === undefined) return false;
    const manifest = readJson(join(dirname(target), 'manifest.json'));
    if (!manifest || manifest.inputs !== inputsOf(context)) return false;
    const compiler = findCompiler(context.env);
    // A compiler that has gone since cannot do better than what it built.
    if (compiler && compiler.identity !== manifest.compiler) return false;
    return isIntact(dirname(target));
  },

  /** @param {Context} context */
  async run(context) {
    const compiler = findCompiler(context.env);
    if (!compiler)
      throw new SetupFailure('the C++ compiler vanished', {
        found: 'none',
        fix: 'run "npm run setup" again',
      });
    const inputs = inputsOf(context);
    const folder = join(context.cache, 'bindings', sha256Json([inputs, compiler.identity]).slice(0, 16));
    const isCached = isIntact(folder);
    if (!isCached) await compile(context, compiler, inputs, folder);
    mkdirSync(dirname(linkOf(context)), { recursive: true });
    linkAtomic(join(folder, file), linkOf(context));
    return {
      path: join(folder, file),
      compiler: compiler.path,
      built: isCached ? 'found in the cache' : 'compiled',
    };
  },
};

/**
 * Where tfjs-node-gpu looks for its binding.
 *
 * @param {Context} context
 */
export function linkOf(context) {
  return join(packageOf(context), 'lib/napi-v8', file);
}

/**
 * @param {Context} context
 * @returns {string | undefined}
 */
export function linkTarget(context) {
  try {
    return readlinkSync(linkOf(context));
  } catch {
    return undefined;
  }
}

/**
 * @param {Context} context
 * @param {import('../compiler.mjs').Compiler} compiler
 * @param {string} inputs
 * @param {string} folder
 */
async function compile(context, compiler, inputs, folder) {
  const libraries = libtensorflowFolder(context);
  const building = temporarySibling(folder);
  mkdirSync(building);
  /** @param {string} output @param {string[]} parts */
  const link = async (output, parts) => {
    const host = context.platform === 'darwin' ? ['-undefined', 'dynamic_lookup'] : [];
    const command = [...compiler.command, ...flags, ...host, ...parts, '-o', join(building, output)];
    const env = { ...context.env, TMPDIR: building };
    const { onSpawn } = context;
    const result = await runCommand(command, { log: context.logOf('binding'), env, onSpawn });
    if (!result.ok) throw commandFailure('the TensorFlow binding does not compile', result);
    return sha256FileSync(join(building, output));
  };
  const headers = `-I${join(libraries, 'tensorflow/include')}`;
  const search = runPaths(libraries).map((path) => `-Wl,-rpath,${path}`);
  const shared = context.bundle().libraries.map((path) => join(libraries, path));
  try {
    const node = `-I${join(context.nodeModules, 'node-api-headers/include')}`;
    const sha256 = {
      [implementation]: await link(implementation, [
        node,
        headers,
        ...sourcesOf(context).filter((path) => path.endsWith('.cc')),
        ...shared,
        ...search,
      ]),
      [kernels]: await link(kernels, [
        ...kernelFlags,
        headers,
        ...kernelSourcesOf(context).filter((path) => path.endsWith('.cc')),
        ...shared.filter((path) => path.includes('framework')),
        ...search,
      ]),
      [file]: await link(file, [node, loaderOf(context), ...(context.platform === 'linux' ? ['-ldl'] : [])]),
    };
    writeJsonAtomic(join(building, 'manifest.json'), { inputs, compiler: compiler.identity, sha256 });
    publishFolder(building, folder);
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
}

/**
 * libtensorflow's own folder, and NVIDIA's where `FOVEA_GPU=1` has brought them.
 *
 * @param {string} libraries
 */
function runPaths(libraries) {
  const nvidia = join(libraries, 'nvidia');
  return [join(libraries, 'tensorflow'), ...namesIn(nvidia).map((name) => join(nvidia, name, 'lib'))];
}

/** @param {string} folder */
function isIntact(folder) {
  const expected = readJson(join(folder, 'manifest.json'))?.sha256;
  try {
    return [file, implementation, kernels].every(
      (name) => sha256FileSync(join(folder, name)) === expected?.[name],
    );
  } catch {
    return false;
  }
}

/**
 * What the binding is made from, the compiler apart.
 *
 * @param {Context} context
 */
function inputsOf(context) {
  const headers = readJson(join(context.nodeModules, 'node-api-headers/package.json'))?.version;
  const sources = [loaderOf(context), ...kernelSourcesOf(context), ...sourcesOf(context)].map(sha256FileSync);
  return sha256Json([flags, kernelFlags, headers, sources, libtensorflowFolder(context)]);
}

/** @param {Context} context */
function sourcesOf(context) {
  return filesIn(join(packageOf(context), 'binding'));
}

/** @param {Context} context */
function kernelSourcesOf({ root }) {
  return filesIn(join(root, 'libs/tensorflow/native/kernels'));
}

/** @param {string} folder */
function filesIn(folder) {
  return namesIn(folder)
    .sort()
    .map((name) => join(folder, name));
}

/** @param {Context} context */
function loaderOf({ root }) {
  return join(root, 'libs/tensorflow/native/quiet_loader.cc');
}

/** @param {Context} context */
function packageOf({ nodeModules }) {
  return join(nodeModules, '@tensorflow/tfjs-node-gpu');
}
