import { spawn, type ChildProcess } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { workspaceRoot } from '@fovea/files';
import { installKernelSpec } from '@fovea/kernel';

/** JupyterLab on a port of its own, with the kernelspec of this checkout and settings of its own. */
export class LabServer {
  /** Folder of its notebooks. Inside the workspace, so that cells find the workspace's packages. */
  readonly folder: string;
  readonly port: number;
  readonly token = 'lab-tests';
  readonly #process: ChildProcess;
  readonly #ended: Promise<void>;
  #log = '';

  private constructor(folder: string, port: number) {
    this.folder = folder;
    this.port = port;
    const config = join(folder, '.jupyter');
    const data = join(folder, '.data');
    installKernelSpec({ prefix: join(folder, '.prefix') });
    setting(config, 'apputils-extension/notification', { fetchNews: 'false', checkForUpdates: false });
    setting(config, 'completer-extension/manager', { showDocumentationPanel: true });
    const { FORCE_COLOR: _, ...environment } = process.env;
    const options = [
      '--no-browser',
      '--allow-root',
      '--expose-app-in-browser',
      `--ServerApp.port=${port}`,
      '--ServerApp.port_retries=0',
      `--IdentityProvider.token=${this.token}`,
      `--ServerApp.root_dir=${folder}`,
      '--LabApp.extension_manager=readonly',
    ];
    this.#process = spawn(labProgram(), options, {
      cwd: folder,
      env: {
        ...environment,
        JUPYTER_CONFIG_DIR: config,
        JUPYTER_DATA_DIR: data,
        JUPYTER_RUNTIME_DIR: join(folder, '.runtime'),
        JUPYTER_PATH: join(folder, '.prefix/share/jupyter'),
        JUPYTERLAB_SETTINGS_DIR: join(config, 'lab/user-settings'),
        JUPYTERLAB_WORKSPACES_DIR: join(config, 'lab/workspaces'),
        IPYTHONDIR: join(folder, '.ipython'),
        FOVEA_HISTORY: '',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const note = (data: Buffer): void => void (this.#log += data.toString());
    this.#process.stdout?.on('data', note);
    this.#process.stderr?.on('data', note);
    this.#ended = new Promise((resolve) => this.#process.once('exit', () => resolve()));
  }

  static async start(): Promise<LabServer> {
    const root = join(workspaceRoot(), '.fovea');
    mkdirSync(root, { recursive: true });
    const server = new LabServer(mkdtempSync(join(root, 'lab-')), await freePort());
    // Whatever ends this process ends the server too, and the server's end is its kernels' end.
    process.once('exit', () => server.#process.kill('SIGKILL'));
    await server.#ready();
    return server;
  }

  /** Address of a notebook of the folder. */
  url(notebook: string): string {
    return `http://127.0.0.1:${this.port}/lab/tree/${notebook}?token=${this.token}&reset`;
  }

  /** What the server and its kernels have printed. */
  get log(): string {
    return this.#log;
  }

  /** Ends the server, its kernels and its files; returns command lines of what outlived it. */
  async stop(): Promise<string[]> {
    const patience = setTimeout(() => this.#process.kill('SIGKILL'), 15_000);
    this.#process.kill('SIGTERM');
    await this.#ended;
    clearTimeout(patience);
    const end = Date.now() + 10_000;
    let left = processesNaming(this.folder);
    while (left.length > 0 && Date.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      left = processesNaming(this.folder);
    }
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
    return left;
  }

  async #ready(): Promise<void> {
    const end = Date.now() + 120_000;
    let ended = false;
    void this.#ended.then(() => (ended = true));
    for (;;) {
      try {
        const answer = await fetch(`http://127.0.0.1:${this.port}/api/status?token=${this.token}`);
        if (answer.ok) return;
      } catch {
        // Not listening yet.
      }
      if (ended || Date.now() > end) throw new Error(`JupyterLab did not start:\n${this.#log}`);
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
  }
}

/** JupyterLab's program; set-up makes it. */
export function labProgram(): string {
  return join(workspaceRoot(), '.fovea/venv/bin/jupyter-lab');
}

/** Why these tests cannot run here; undefined where they can. */
export function missingPart(browser: string): string | undefined {
  if (!existsSync(browser)) return `no Chromium at ${browser} (FOVEA_CHROMIUM names another)`;
  if (!existsSync(labProgram())) return 'no JupyterLab; npm run setup installs it';
  return undefined;
}

function setting(config: string, name: string, value: object): void {
  const file = join(config, 'lab/user-settings/@jupyterlab', `${name}.jupyterlab-settings`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(value));
}

/** Command lines of running processes that name a folder; empty where the system does not tell. */
function processesNaming(folder: string): string[] {
  if (!existsSync('/proc/self/cmdline')) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      } catch {
        return '';
      }
    })
    .filter((line) => line.includes(folder));
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}
