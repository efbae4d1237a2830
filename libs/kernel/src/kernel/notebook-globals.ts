import * as notebook from '../notebook.ts';

/** Makes the notebook's functions visible everywhere without an import. */
export function installNotebookGlobals(): void {
  const { display, newDisplay, clearOutput, progress, prompt, password, confirm } = notebook;
  const functions = { display, newDisplay, clearOutput, progress, prompt, password, confirm };
  for (const [name, value] of Object.entries(functions)) {
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });
  }
}
