/** Where the debugger finds its host on the main thread: a registered symbol of this name on `globalThis`. */
export const debugHostKey = 'fovea.debug';
