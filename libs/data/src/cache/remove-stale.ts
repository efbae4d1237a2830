import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Removes the `<name>.<process id>.<n>.tmp` files and folders that processes which are gone left in a folder; only those whose name begins as given. */
export function removeStale(folder: string, prefix = ''): void {
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(prefix)) continue;
    const owner = /\.(\d+)\.\d+\.tmp$/.exec(name)?.[1];
    if (owner !== undefined && !isRunning(Number(owner))) {
      rmSync(join(folder, name), { recursive: true, force: true });
    }
  }
}

function isRunning(processId: number): boolean {
  try {
    process.kill(processId, 0); // signal 0 only asks
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
