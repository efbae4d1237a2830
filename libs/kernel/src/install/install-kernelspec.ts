import { cpSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, platform } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where kernelspecs go: the user's folder, or a prefix such as a virtual environment. */
export type InstallTarget = { readonly user: true } | { readonly prefix: string };

/** Content of `kernel.json`. */
export interface KernelSpec {
  readonly argv: readonly string[];
  readonly display_name: string;
  readonly language: string;
  readonly interrupt_mode: 'message';
  readonly metadata: { readonly debugger: boolean };
}

/** The kernelspec that starts this copy of the kernel with this Node. */
export function kernelSpec(): KernelSpec {
  const launcher = fileURLToPath(new URL('../../bin/fovea-kernel.mjs', import.meta.url));
  return {
    argv: [process.execPath, launcher, '{connection_file}'],
    display_name: 'TypeScript (Fovea)',
    language: 'typescript',
    interrupt_mode: 'message',
    metadata: { debugger: true },
  };
}

/**
 * Writes the kernelspec `fovea` where Jupyter finds it and returns its folder.
 *
 * An older one is replaced as a whole.
 */
export function installKernelSpec(target: InstallTarget, name = 'fovea'): string {
  const kernels = 'user' in target ? userKernels() : join(target.prefix, 'share', 'jupyter', 'kernels');
  const folder = join(kernels, name);
  const fresh = `${folder}.${process.pid}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  writeFileSync(join(fresh, 'kernel.json'), `${JSON.stringify(kernelSpec(), undefined, 2)}\n`);
  cpSync(fileURLToPath(new URL('../../assets', import.meta.url)), fresh, { recursive: true });
  rmSync(folder, { recursive: true, force: true });
  renameSync(fresh, folder);
  return folder;
}

function userKernels(): string {
  if (process.env.JUPYTER_DATA_DIR) return join(process.env.JUPYTER_DATA_DIR, 'kernels');
  if (platform() === 'darwin') return join(homedir(), 'Library', 'Jupyter', 'kernels');
  if (platform() === 'win32') return join(process.env.APPDATA ?? homedir(), 'jupyter', 'kernels');
  return join(process.env.XDG_DATA_HOME ?? join(homedir(), '.local', 'share'), 'jupyter', 'kernels');
}
