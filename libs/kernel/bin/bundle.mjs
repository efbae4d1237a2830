// The kernel's TypeScript, joined into three files that start at once. Made when the source has changed, kept in node_modules/.cache.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const source = fileURLToPath(new URL('../src/', import.meta.url));
// The stack trace formatter knows this name and hides frames of files below it.
const cache = fileURLToPath(new URL('../node_modules/.cache/fovea-kernel-bundle/', import.meta.url));
const entries = { main: 'kernel/main.ts', gateway: 'gateway/worker.ts', language: 'language/worker.ts' };

/** URLs of the three files; undefined where they cannot be made, and then the source itself must be run. */
export async function bundledKernel() {
  const folder = join(cache, sourceKey());
  try {
    if (!existsSync(folder)) await build(folder);
  } catch {
    return undefined;
  }
  const url = (name) => pathToFileURL(join(folder, `${name}.mjs`)).href;
  return { main: url('main'), gateway: url('gateway'), language: url('language') };
}

function sourceKey() {
  const hash = createHash('sha256').update(process.version);
  for (const name of readdirSync(source, { recursive: true }).map(String).sort()) {
    if (!name.endsWith('.ts') || name.includes('.spec.') || name.includes('.cases.')) continue;
    const { size, mtimeMs } = statSync(join(source, name));
    hash.update(`${name} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex').slice(0, 24);
}

async function build(folder) {
  const { build: bundle, stop } = await import('esbuild');
  const fresh = `${folder}.${process.pid}`;
  mkdirSync(cache, { recursive: true });
  const old = readdirSync(cache);
  await bundle({
    entryPoints: Object.fromEntries(
      Object.entries(entries).map(([name, file]) => [name, join(source, file)]),
    ),
    outdir: fresh,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true, // the debugger's part is loaded when first wanted
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'silent',
    plugins: [{ name: 'own-url', setup: keepUrls }],
  });
  await stop(); // its process would stay as long as the kernel
  try {
    renameSync(fresh, folder);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    // Another kernel was quicker.
    if (!existsSync(folder)) throw error;
  }
  // Running kernels have read theirs.
  for (const name of old) rmSync(join(cache, name), { recursive: true, force: true });
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
