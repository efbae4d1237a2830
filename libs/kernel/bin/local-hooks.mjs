// Module hooks for the user's own sources (nothing below node_modules): loops can be stopped, changed files are loaded anew.
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'acorn';
import MagicString from 'magic-string';

/** How often each file has been loaded anew, and which files import it. */
const generations = new Map();
const importers = new Map();
let port;

/** Node below 22.15 runs these hooks in a thread of their own; `register` hands the port over. */
export function initialize(data) {
  listen(data.port);
}

export async function resolve(specifier, context, next) {
  return renewed(await next(specifier, asWritten(context)), context);
}

export async function load(url, context, next) {
  const time = timeOf(url);
  return guarded(url, await next(withoutGeneration(url), context), time);
}

/** The same hooks for `registerHooks`, which tsx prefers where Node has it: hooks of the other kind would see its input, not its output. */
export function synchronousHooks(messages) {
  listen(messages);
  return {
    resolve: (specifier, context, next) => renewed(next(specifier, asWritten(context)), context),
    load: (url, context, next) => {
      const time = timeOf(url);
      return guarded(url, next(withoutGeneration(url), context), time);
    },
  };
}

function listen(messages) {
  port = messages;
  port.on('message', ({ changed }) => {
    for (const url of dependents(changed)) generations.set(url, (generations.get(url) ?? 0) + 1);
    port.postMessage({ renewed: true });
  });
  port.unref();
}

const isLocal = (url) => url.startsWith('file:') && !url.includes('/node_modules/');
const withoutGeneration = (url) => url.replace(/[?&]fovea=\d+$/, '');

function asWritten(context) {
  const { parentURL } = context;
  return parentURL ? { ...context, parentURL: withoutGeneration(parentURL) } : context;
}

/** Files, and every file that imports one of them, directly or not: they hold what the files were. */
function dependents(changed) {
  const found = new Set();
  const visit = (url) => {
    if (found.has(url)) return;
    found.add(url);
    for (const importer of importers.get(url) ?? []) visit(importer);
  };
  for (const url of changed) visit(url);
  return found;
}

const fileOf = (url) => url.replace(/[?#].*$/, '');

function renewed(resolved, { parentURL }) {
  if (!isLocal(resolved.url)) return resolved;
  const url = withoutGeneration(resolved.url);
  const file = fileOf(url);
  if (parentURL && isLocal(parentURL)) {
    if (!importers.has(file)) importers.set(file, new Set());
    importers.get(file).add(fileOf(parentURL));
  }
  const generation = generations.get(file);
  return generation === undefined
    ? resolved
    : { ...resolved, url: `${url}${url.includes('?') ? '&' : '?'}fovea=${generation}` };
}

/** Time stamp of a local file, taken before it is read: a change while it is being read is a change. */
function timeOf(url) {
  if (!isLocal(url)) return 0;
  return statSync(fileURLToPath(fileOf(url)), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function guarded(url, loaded, time) {
  const plain = withoutGeneration(url);
  if (!isLocal(plain)) return loaded;
  port.postMessage({ loaded: plain, time });
  if (loaded.format !== 'module' || !loaded.source || plain.includes('/libs/kernel/')) return loaded;
  const source = typeof loaded.source === 'string' ? loaded.source : Buffer.from(loaded.source).toString();
  return { ...loaded, source: guardLoops(source) };
}

/** Adds a look at the stop flag to every loop, on its own line, so that lines stay what they are. */
function guardLoops(source) {
  if (!/\b(for|while|do)\b/.test(source)) return source;
  let program;
  try {
    program = parse(source, { ecmaVersion: 'latest', sourceType: 'module', allowHashBang: true });
  } catch {
    return source;
  }
  const text = new MagicString(source);
  const check = '$foveaFlags[0]&&globalThis[Symbol.for("fovea.stop")]();';
  let found = false;
  const visit = (node) => {
    if (/^(For|ForIn|ForOf|While|DoWhile)Statement$/.test(node.type)) {
      found = true;
      const { body } = node;
      if (body.type === 'BlockStatement') text.appendRight(body.start + 1, check);
      else {
        text.appendRight(body.start, `{${check}`);
        text.prependLeft(body.end, '}');
      }
    }
    for (const value of Object.values(node)) {
      if (Array.isArray(value))
        for (const item of value) if (item && typeof item.type === 'string') visit(item);
      if (value && typeof value.type === 'string') visit(value);
    }
  };
  visit(program);
  if (!found) return source;
  const at = source.startsWith('#!') ? source.indexOf('\n') + 1 : 0;
  text.appendLeft(at, 'const $foveaFlags = globalThis[Symbol.for("fovea.flags")] ?? [0];');
  return text.toString();
}
