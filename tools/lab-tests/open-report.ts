import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { workspaceRoot } from '@fovea/files';
import { chromium, type Page } from 'playwright-core';

/** Where Debian puts the browser, unless told otherwise. */
export const CHROMIUM = process.env.FOVEA_CHROMIUM ?? '/usr/bin/chromium';

/** A browser with a page in it that knows nothing of the report yet. */
export interface ReportBrowser {
  readonly page: Page;
  /** Shows the report in the page. */
  open(): Promise<void>;
  /** Ends the browser and deletes what it left. */
  close(): Promise<void>;
}

/** Makes the report of today's records and a headless browser for it. */
export async function reportBrowser(): Promise<ReportBrowser> {
  const folder = mkdtempSync(join(tmpdir(), 'fovea-report-'));
  const file = join(folder, 'report.html');
  const root = workspaceRoot();
  const program = join(root, 'tools/cli/bin/fovea.mjs');
  execFileSync(process.execPath, [program, 'results', 'report', '--output', file], { cwd: root });
  const browser = await chromium.launchPersistentContext(join(folder, 'profile'), {
    executablePath: CHROMIUM,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
    ],
  });
  const page = await browser.newPage();
  return {
    page,
    open: async () => {
      await page.goto(pathToFileURL(file).href);
    },
    close: async () => {
      await browser.close();
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
