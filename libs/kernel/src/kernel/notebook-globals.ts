import { createRequire } from 'node:module';
import * as notebook from '../notebook.ts';

const require = createRequire(import.meta.url);

/** What `import * as tslab from 'tslab'` gives in this kernel: tslab's functions on our displays. */
export function tslabModule(): object {
  const { version } = require('../../package.json') as { version: string };
  const versions = { tslab: `fovea ${version}`, node: process.version };
  return { display: notebook.display, newDisplay: notebook.newDisplay, versions };
}

/** Makes the notebook's functions visible everywhere without an import. */
export function installNotebookGlobals(): void {
  const { display, newDisplay, clearOutput, progress, prompt, password, confirm } = notebook;
  const functions = { display, newDisplay, clearOutput, progress, prompt, password, confirm };
  for (const [name, value] of Object.entries(functions)) {
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });
  }
}
