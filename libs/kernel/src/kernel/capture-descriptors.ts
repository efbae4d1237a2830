import { spawnSync } from 'node:child_process';
import { closeSync, constants, fstatSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where output that does not go through JavaScript can be read, and where the kernel's own log goes now. */
export interface CapturedDescriptors {
  readonly stdout: number | undefined;
  readonly stderr: number | undefined;
  /** The stderr that the process was started with. */
  readonly log: number;
}

/**
 * Puts pipes in the place of file descriptors 1 and 2, which native code writes to and child processes inherit.
 *
 * A descriptor that is closed is the lowest free one, so the next file that is opened takes its number: call this before any thread
 * is started. The standard error is replaced only where the old one can be opened a second time, since the log goes there.
 */
export function captureDescriptors(): CapturedDescriptors {
  const nothing = { stdout: undefined, stderr: undefined, log: 2 };
  if (process.platform === 'win32' || ![0, 1, 2].every(isOpen)) return nothing;
  // Node's own streams keep the old descriptors: opened later they would make the pipes non-blocking, for children too.
  for (const name of ['stdout', 'stderr'] as const) process[name].on('error', () => undefined);
  const folder = mkdtempSync(join(tmpdir(), 'fovea-output-'));
  const [out, err] = [join(folder, 'stdout'), join(folder, 'stderr')];
  try {
    const made = spawnSync('mkfifo', ['-m', '600', out, err], { stdio: 'ignore' });
    if (made.status !== 0) return nothing;
    const log = reopened(2);
    const stdout = replace(1, out);
    return log === undefined
      ? { stdout, stderr: undefined, log: 2 }
      : { stdout, stderr: replace(2, err), log };
  } catch {
    return nothing;
  } finally {
    // Both ends are open; nobody needs the names any more.
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Makes a descriptor the writing end of a pipe and returns the reading end. */
function replace(descriptor: number, pipe: string): number | undefined {
  // Reading and writing, so that it never comes to an end, however many writers leave.
  const reader = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK);
  closeSync(descriptor);
  const taken = openSync(pipe, constants.O_WRONLY);
  if (taken === descriptor) return reader;
  throw new Error(`captureDescriptors: descriptor ${descriptor} became ${taken}.`);
}

/** A second descriptor of the same open file; undefined for sockets, which cannot be opened by name. */
function reopened(descriptor: number): number | undefined {
  try {
    return openSync(`/dev/fd/${descriptor}`, constants.O_WRONLY | constants.O_APPEND);
  } catch {
    return undefined;
  }
}

function isOpen(descriptor: number): boolean {
  try {
    fstatSync(descriptor);
    return true;
  } catch {
    return false;
  }
}
