// Module hooks for the user's own sources (nothing below node_modules): loops can be stopped, changed files are loaded anew.
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { decode, encode } from '@jridgewell/sourcemap-codec';
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
  tell(url);
  try {
    return guarded(url, await next(withoutGeneration(url), context));
  } catch (error) {
    throw absent(error, url);
  }
}

/** The same hooks for `registerHooks`, which tsx prefers where Node has it: hooks of the other kind would see its input, not its output. */
export function synchronousHooks(messages) {
  listen(messages);
  return {
    resolve: (specifier, context, next) => renewed(next(specifier, asWritten(context)), context),
    load: (url, context, next) => {
      tell(url);
      try {
        return guarded(url, next(withoutGeneration(url), context));
      } catch (error) {
        throw absent(error, url);
      }
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

/** Tells the state of a local file, before it is read: a change while it is being read is a change. */
function tell(url) {
  const plain = withoutGeneration(url);
  if (isLocal(plain)) port.postMessage({ loaded: plain, stamp: stampOf(fileURLToPath(fileOf(plain))) });
}

/** Newer Nodes remember where a file was and fail to open it; the others say that there is no such module, as this then does. */
function absent(error, url) {
  const plain = withoutGeneration(url);
  if (error?.code !== 'ENOENT' || !isLocal(plain)) return error;
  const gone = new Error(`Cannot find module '${fileURLToPath(fileOf(plain))}'`, { cause: error });
  return Object.assign(gone, { code: 'ERR_MODULE_NOT_FOUND' });
}

/** As `src/kernel/stamps.ts` has it; '' where there is no such file. */
export function stampOf(file) {
  const found = statSync(file, { throwIfNoEntry: false });
  return found ? `${found.size} ${found.mtimeMs} ${found.ctimeMs} ${found.ino}` : '';
}

/** Whether a file is the user's own; those of the kernel itself are not. */
export const isLocalFile = (file) => !/[\\/]node_modules[\\/]/.test(file) && !isOwn(file);
const isOwn = (file) => file.startsWith(ownFolder);
const ownFolder = fileURLToPath(new URL('..', import.meta.url));

function guarded(url, loaded) {
  const plain = withoutGeneration(url);
  if (!isLocal(plain) || loaded.format !== 'module' || !loaded.source) return loaded;
  if (isOwn(fileURLToPath(fileOf(plain)))) return loaded;
  const source = typeof loaded.source === 'string' ? loaded.source : Buffer.from(loaded.source).toString();
  return { ...loaded, source: guardLoops(source) };
}

/** Adds a look at the stop flag to every loop, on its own line, so that lines stay what they are. */
export function guardLoops(source, sourceType = 'module') {
  if (!/\b(for|while|do)\b/.test(source)) return source;
  let program;
  try {
    const script = sourceType === 'script' && {
      allowReturnOutsideFunction: true,
      allowAwaitOutsideFunction: false,
    };
    program = parse(source, { ecmaVersion: 'latest', sourceType, allowHashBang: true, ...script });
  } catch {
    return source;
  }
  const text = new MagicString(source);
  const inserted = [];
  const insert = (at, part, before) => {
    inserted.push({ at, length: part.length });
    if (before) text.prependLeft(at, part);
    else text.appendRight(at, part);
  };
  const check = '$foveaFlags[0]&&globalThis[Symbol.for("fovea.stop")]();';
  const visit = (node) => {
    if (/^(For|ForIn|ForOf|While|DoWhile)Statement$/.test(node.type)) {
      const { body } = node;
      if (body.type === 'BlockStatement') insert(body.start + 1, check);
      else {
        insert(body.start, `{${check}`);
        insert(body.end, '}', true);
      }
    }
    for (const value of Object.values(node)) {
      if (Array.isArray(value))
        for (const item of value) if (item && typeof item.type === 'string') visit(item);
      if (value && typeof value.type === 'string') visit(value);
    }
  };
  visit(program);
  if (inserted.length === 0) return source;
  // A directive such as "use strict" is one only where it comes first.
  const at = program.body.find((statement) => statement.directive === undefined)?.start ?? 0;
  const flags = 'const $foveaFlags = globalThis[Symbol.for("fovea.flags")] ?? [0];';
  text.appendLeft(at, flags);
  inserted.push({ at, length: flags.length });
  return movedMap(text.toString(), source, inserted);
}

const inlineMap = /(\/\/# sourceMappingURL=data:application\/json;(?:charset=[\w-]+;)?base64,)([\w+/=]+)\s*$/;

/** The text with columns of its own source map where things are now; compilers put whole files on one line. */
function movedMap(text, source, inserted) {
  const [, head, encoded] = inlineMap.exec(text) ?? [];
  if (!encoded) return text;
  const map = JSON.parse(Buffer.from(encoded, 'base64').toString());
  const lines = decode(map.mappings);
  const starts = [0];
  for (let end = source.indexOf('\n'); end >= 0; end = source.indexOf('\n', end + 1)) starts.push(end + 1);
  inserted.sort((a, b) => a.at - b.at);
  for (const [line, segments] of lines.entries()) {
    const [start, next = Infinity] = [starts[line], starts[line + 1]];
    const moves = inserted.filter(({ at }) => at >= start && at < next);
    let [done, shift] = [0, 0];
    for (const segment of segments) {
      while (done < moves.length && moves[done].at - start <= segment[0]) shift += moves[done++].length;
      segment[0] += shift;
    }
  }
  const moved = Buffer.from(JSON.stringify({ ...map, mappings: encode(lines) })).toString('base64');
  return text.replace(inlineMap, () => head + moved);
}
