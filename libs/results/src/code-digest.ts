import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { digestJson, digestSources, workspaceRoot } from '@fovea/files';
import type { ResultRecord } from './record.ts';

/**
 * Digest of the code that a run used: the sources, tests left out, of some packages and of every library they depend on, with what they
 * compile to native code.
 *
 * @param parts - library names (`@fovea/losses`) or folders relative to the root (`experiments/bam`)
 * @returns one digest for all, and one for each part so that a later comparison can say which part changed
 * @throws Error when a part is no library or folder of the workspace
 *
 * @example
 * codeDigest(['@fovea/losses', 'experiments/bam']).parts['@fovea/tensorflow']; // a dependency of the losses
 */
export function codeDigest(parts: readonly string[], root: string = workspaceRoot()): ResultRecord['code'] {
  const names = closure(parts, root);
  const digests = Object.fromEntries(
    names.map((name) => [name, digestSources(sourceFolders(name, root), root)]),
  );
  return { digest: digestJson(digests), parts: digests };
}

/** `codeDigest` of the parts that a record names, as the sources are now; parts that are gone are left out. */
export function codeDigestToday(
  code: ResultRecord['code'],
  root: string = workspaceRoot(),
): ResultRecord['code'] {
  const parts = Object.keys(code.parts).filter((name) => existsSync(folderOf(name, root)));
  return codeDigest(parts, root);
}

function closure(parts: readonly string[], root: string): string[] {
  const found = new Set<string>();
  const waiting = [...parts];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    if (name.startsWith('@fovea/')) waiting.push(...dependencies(join(sourceFolder(name, root), '..')));
  }
  return [...found].sort();
}

function dependencies(folder: string): string[] {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    dependencies?: Record<string, string>;
  };
  return Object.keys(manifest.dependencies ?? {}).filter((name) => name.startsWith('@fovea/'));
}

function sourceFolders(name: string, root: string): string[] {
  const source = sourceFolder(name, root);
  const native = join(source, '../native');
  return name.startsWith('@fovea/') && existsSync(native) ? [source, native] : [source];
}

function sourceFolder(name: string, root: string): string {
  const folder = folderOf(name, root);
  if (existsSync(folder)) return folder;
  throw new Error(`codeDigest: ${name} is no library or folder of the workspace: there is no ${folder}.`);
}

function folderOf(name: string, root: string): string {
  return join(root, name.startsWith('@fovea/') ? `libs/${name.slice(7)}/src` : name);
}
