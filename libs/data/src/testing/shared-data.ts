import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { workspaceRoot } from '@fovea/files';

/** A folder of the packed sets beside the workspace, or undefined where they are absent. */
export function sharedData(name: string): string | undefined {
  const folder = join(workspaceRoot(), '..', 'shared', 'data', name);
  return existsSync(folder) ? folder : undefined;
}
