import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { workspaceRoot } from '@fovea/files';
import type { Locator, Page } from 'playwright-core';
import type { LabServer } from './lab-server.ts';

/** JupyterLab's front end puts itself here when the server is told to. */
interface LabWindow {
  readonly jupyterapp: {
    readonly commands: { execute(command: string): Promise<unknown> };
    readonly shell: {
      readonly currentWidget: {
        readonly sessionContext: {
          readonly session: { readonly kernel: { connectionStatus: string; status: string } | null } | null;
        };
      };
    };
  };
}

/** A notebook that is open in JupyterLab. */
export class NotebookPage {
  readonly page: Page;
  readonly panel: Locator;
  readonly name: string;

  private constructor(page: Page, name: string) {
    this.page = page;
    this.name = name;
    this.panel = page.locator('.jp-NotebookPanel:not(.lm-mod-hidden)');
  }

  /** Writes a notebook of these cells and opens it, with its kernel idle. */
  static async open(
    server: LabServer,
    page: Page,
    name: string,
    cells: readonly string[],
  ): Promise<NotebookPage> {
    const notebook = {
      nbformat: 4,
      nbformat_minor: 5,
      metadata: {
        kernelspec: { name: 'fovea', display_name: 'TypeScript (Fovea)', language: 'typescript' },
        language_info: { name: 'typescript' },
      },
      cells: cells.map((source, i) => ({
        id: `cell-${i}`,
        cell_type: 'code',
        source,
        metadata: {},
        outputs: [],
        execution_count: null,
      })),
    };
    writeFileSync(join(server.folder, `${name}.ipynb`), JSON.stringify(notebook));
    return NotebookPage.show(server, page, name);
  }

  /** Opens a notebook that lies in the server's folder. */
  static async show(server: LabServer, page: Page, name: string): Promise<NotebookPage> {
    await page.goto(server.url(`${name}.ipynb`));
    const opened = new NotebookPage(page, name);
    await opened.panel.waitFor();
    await page.locator('#jupyterlab-splash').waitFor({ state: 'detached' });
    await opened.idle();
    return opened;
  }

  cell(index: number): Locator {
    return this.panel.locator('.jp-CodeCell').nth(index);
  }

  output(index: number): Locator {
    return this.cell(index).locator('.jp-OutputArea-output');
  }

  /** Waits until the kernel is there and has nothing to do. */
  async idle(): Promise<void> {
    await this.page.waitForFunction(() => {
      const { session } = (globalThis as unknown as LabWindow).jupyterapp.shell.currentWidget.sessionContext;
      return session?.kernel?.connectionStatus === 'connected' && session.kernel.status === 'idle';
    });
  }

  /** Starts a command of JupyterLab; its end, which may wait for a dialog, is not awaited. */
  async command(name: string): Promise<void> {
    await this.page.evaluate((command) => {
      void (globalThis as unknown as LabWindow).jupyterapp.commands.execute(command);
    }, name);
  }

  /** Puts the cursor at the end of a cell. */
  async edit(index: number): Promise<void> {
    await this.cell(index).locator('.cm-content').click();
    await this.page.keyboard.press('Control+End');
  }

  /** Runs one cell as a user does, and does not wait for it. */
  async run(index: number): Promise<void> {
    await this.edit(index);
    await this.page.keyboard.press('Control+Enter');
  }

  /** Runs one cell and waits until it has run. */
  async runToEnd(index: number): Promise<void> {
    const prompt = this.cell(index).locator('.jp-InputPrompt');
    const before = await prompt.innerText();
    await this.run(index);
    await this.page.waitForFunction(
      ([node, text]) => {
        const now = (node as { innerText: string } | null)?.innerText ?? '';
        return now !== text && /\[\d+\]/.test(now);
      },
      [await prompt.elementHandle(), before] as const,
    );
  }

  async picture(title: string): Promise<void> {
    await takePicture(this.page, title);
  }
}

/** Leaves a picture of a page in `.fovea/screenshots`. */
export async function takePicture(page: Page, title: string): Promise<void> {
  const folder = join(workspaceRoot(), '.fovea/screenshots');
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${title.replaceAll(/\W+/g, '-')}.png`) });
}
