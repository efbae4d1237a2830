// Module hooks for the user's own sources (nothing below node_modules): loops can be stopped, changed files are loaded anew.
import { parse } from 'acorn';
import MagicString from 'magic-string';

let generation = 0;
let port;

export function initialize(data) {
  port = data.port;
  port.on('message', (message) => {
    generation = message.generation;
    port.postMessage({ generation });
  });
  port.unref();
}

const isLocal = (url) => url.startsWith('file:') && !url.includes('/node_modules/');
const withoutGeneration = (url) => url.replace(/[?&]fovea=\d+$/, '');

export async function resolve(specifier, context, next) {
  const { parentURL } = context;
  const resolved = await next(
    specifier,
    parentURL ? { ...context, parentURL: withoutGeneration(parentURL) } : context,
  );
  if (generation === 0 || !isLocal(resolved.url)) return resolved;
  const url = withoutGeneration(resolved.url);
  return { ...resolved, url: `${url}${url.includes('?') ? '&' : '?'}fovea=${generation}` };
}

export async function load(url, context, next) {
  const plain = withoutGeneration(url);
  const loaded = await next(plain, context);
  if (!isLocal(plain)) return loaded;
  port.postMessage({ loaded: plain });
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
