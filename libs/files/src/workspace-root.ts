import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The folder that holds `nx.json`: every path of the project is built from it, never from the current directory.
 *
 * @throws Error when no folder above this file holds `nx.json`
 */
export function workspaceRoot(): string {
  const start = dirname(fileURLToPath(import.meta.url));
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'nx.json'))) return folder;
    if (folder === dirname(folder))
      throw new Error(`workspaceRoot: no nx.json in ${start} or any folder above it.`);
  }
}
