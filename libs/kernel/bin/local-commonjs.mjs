// The user's own CommonJS files, and TypeScript that is loaded as such: watched, loaded anew, stoppable in loops.
import module from 'node:module';
import { guardLoops, isLocalFile, stampOf } from './local-hooks.mjs';

const { Module } = module;
/** tsx gives a file that it loads twice a name with a query. */
const withoutQuery = (file) => file.replace(/\?[^/\\]*$/, '');

/** Begins to watch; what `Reloader` wants to know. */
export function watchCommonJs() {
  const stamps = new Map();
  const fresh = new Set();
  const { load, _compile: compile } = Module.prototype;
  Module.prototype.load = function (name) {
    const file = withoutQuery(name);
    if (isLocalFile(file)) {
      // Before it is read: a change while it is being read is a change.
      stamps.set(file, stampOf(file));
      fresh.add(file);
    }
    return load.call(this, name);
  };
  Module.prototype._compile = function (content, name, ...rest) {
    const text = isLocalFile(withoutQuery(name)) ? guardLoops(content, 'script') : content;
    return compile.call(this, text, name, ...rest);
  };
  return { stamps, fresh, dependents, forget };
}

function dependents(files) {
  const found = new Set(files);
  const local = Object.values(Module._cache).filter((one) => one?.filename && isLocalFile(one.filename));
  for (let size = -1; size !== found.size;) {
    size = found.size;
    for (const { filename, children } of local) {
      if (children.some((child) => child.filename && found.has(withoutQuery(child.filename))))
        found.add(withoutQuery(filename));
    }
  }
  return [...found];
}

function forget(files) {
  const gone = new Set(files);
  for (const name of Object.keys(Module._cache))
    if (gone.has(withoutQuery(name))) Reflect.deleteProperty(Module._cache, name);
}
