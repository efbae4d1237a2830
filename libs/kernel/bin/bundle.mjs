// The kernel's TypeScript, joined into files that start at once. Made when the source has changed, kept in node_modules/.cache.
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const source = join(root, 'src/');
// The stack trace formatter knows this name and hides frames of files below it.
const cache = join(root, 'node_modules/.cache/fovea-kernel-bundle/');
const current = join(cache, 'current.json');
/** What answers a client comes first: nothing else need be known before it is started. */
const parts = [
  { start: 'kernel/start-gateway.ts', gateway: 'gateway/worker.ts' },
  { kernel: 'kernel/kernel.ts', language: 'language/worker.ts' },
];
/** TypeScript's native compiler is a module of ECMAScript alone, which a thread cannot `require` everywhere. */
const modules = new Set(['language']);
const unusedMs = 3_600_000;

/**
 * Files of the bundle: `start` and `gateway` at once where they are up to date, the others by a call of `rest`.
 *
 * @returns undefined where there is no bundle that could be used as it is
 */
export function readyBundle() {
  try {
    const known = JSON.parse(readFileSync(current, 'utf8'));
    if (known.node !== process.version || !isFresh(known.inputs[0])) return undefined;
    return { files: known.files, rest: () => isFresh(known.inputs[1]) };
  } catch {
    return undefined;
  }
}

/** Files of a new bundle; undefined where it cannot be made, and then the source itself must be run. */
export async function newBundle() {
  try {
    return await build();
  } catch {
    return undefined;
  }
}

function isFresh(inputs) {
  return inputs.every(([name, size, mtime]) => {
    const found = statSync(join(root, name), { throwIfNoEntry: false });
    return found?.size === size && found.mtimeMs === mtime;
  });
}

async function build() {
  const esbuild = await import('esbuild');
  mkdirSync(cache, { recursive: true });
  forget();
  const folder = join(cache, `${Date.now().toString(36)}-${process.pid}`);
  const files = {};
  const inputs = [];
  for (const part of parts) {
    const names = new Set(['bin/bundle.mjs']);
    for (const [name, file] of Object.entries(part)) {
      const format = modules.has(name) ? 'esm' : 'cjs';
      files[name] = join(folder, `${name}.${format === 'esm' ? 'mjs' : 'cjs'}`);
      const { metafile } = await esbuild.build({
        entryPoints: [join(source, file)],
        outfile: files[name],
        bundle: true,
        packages: 'external',
        format,
        platform: 'node',
        target: 'node20',
        logLevel: 'silent',
        metafile: true,
        absWorkingDir: root,
        plugins: [{ name: 'own-url', setup: keepUrls }],
      });
      for (const input of Object.keys(metafile.inputs)) names.add(input);
    }
    inputs.push([...names].map(stamp));
  }
  await esbuild.stop(); // its process would stay as long as the kernel
  const sibling = `${current}.${process.pid}`;
  writeFileSync(sibling, JSON.stringify({ node: process.version, files, inputs }));
  renameSync(sibling, current);
  return files;
}

function stamp(name) {
  const { size, mtimeMs } = statSync(join(root, name));
  return [relative(root, join(root, name)), size, mtimeMs];
}

/** Removes bundles that no kernel can be loading any more. */
function forget() {
  for (const name of readdirSync(cache)) {
    const file = join(cache, name);
    if (file === current) continue;
    if (Date.now() - statSync(file).mtimeMs > unusedMs) rmSync(file, { recursive: true, force: true });
  }
}

/** Files that find their neighbours by `import.meta.url` go on finding them. */
function keepUrls(plugin) {
  plugin.onLoad({ filter: /\.ts$/ }, ({ path }) => ({
    loader: 'ts',
    contents: readFileSync(path, 'utf8').replaceAll(
      'import.meta.url',
      JSON.stringify(pathToFileURL(path).href),
    ),
  }));
}
