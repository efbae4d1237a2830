import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { workspaceRoot } from '@fovea/files';
import { chromium, type BrowserContext, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { LabServer, missingPart } from './lab-server.ts';
import { NotebookPage, takePicture } from './notebook-page.ts';
import { CHROMIUM } from './open-report.ts';

const missing = missingPart(CHROMIUM);
if (missing) console.log(`JupyterLab tests skipped: ${missing}.`);

/** The notebooks of this repository. */
const folder = join(workspaceRoot(), 'notebooks');
const committed = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
  (name) => name.endsWith('.ipynb') && !name.includes('.failed') && !name.includes('checkpoint'),
);

it.each(committed)('%s names this kernel', (file) => {
  const { metadata } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as {
    metadata: { kernelspec?: { name?: string } };
  };
  expect(metadata.kernelspec?.name).toBe('fovea');
});

const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

describe.skipIf(missing)('JupyterLab', () => {
  let server: LabServer;
  let profile: string;
  let browser: BrowserContext;
  let page: Page;

  beforeAll(async () => {
    profile = mkdtempSync(join(tmpdir(), 'fovea-chromium-'));
    [server, browser] = await Promise.all([
      LabServer.start(),
      chromium.launchPersistentContext(profile, {
        executablePath: CHROMIUM,
        args: flags,
        viewport: { width: 1400, height: 1000 },
      }),
    ]);
    page = await browser.newPage();
    page.setDefaultTimeout(20_000);
  }, 180_000);

  afterAll(async () => {
    await browser?.close();
    const left = await server?.stop();
    rmSync(profile, { recursive: true, force: true, maxRetries: 3 });
    expect(left ?? []).toEqual([]);
  }, 60_000);

  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await takePicture(page, `failed ${task.name}`);
  });

  it('runs all cells and shows charts, tables, progress and errors', async () => {
    const notebook = await NotebookPage.open(server, page, 'displays', [
      'const answer: number = 6 * 7;\nanswer',
      lossChart,
      "import { DataFrame } from 'danfojs-node';\nnew DataFrame({ method: ['BAM', 'DiLo', 'SGCL'], accuracy: [0.71, 0.69, 0.74], epochs: [200, 200, 100] })",
      "for (const step of progress(Array.from({ length: 40 }, (_, i) => i), { label: 'epoch' }))\n  await new Promise((done) => setTimeout(done, 20));",
      'const files: string[] = [];\nfunction firstBatch(names: string[]) {\n  if (names.length === 0) throw new RangeError("the batch is empty", { cause: new Error("no files") });\n}\nfirstBatch(files);',
    ]);
    await notebook.command('notebook:run-all-cells');
    await notebook.output(4).getByText('RangeError').first().waitFor({ timeout: 60_000 });
    expect(await notebook.output(0).innerText()).toBe('42');
    await notebook.output(1).locator('.vega-embed canvas').waitFor();
    expect(await notebook.output(2).locator('table tbody tr').count()).toBe(3);
    expect(await notebook.output(3).count()).toBe(1);
    expect(await notebook.output(3).innerText()).toMatch(/40\/40/);
    const traceback = await notebook.output(4).innerText();
    expect(traceback).toContain('the batch is empty');
    expect(traceback).toContain('Caused by');
    expect(traceback).toMatch(/at firstBatch \(Cell \[5\]:3:33\)/);
    expect(traceback).not.toMatch(/node:|session\.ts/);
    await notebook.picture('displays');
  }, 120_000);

  it.each(committed)(
    'opens %s as it was committed, with this kernel and its charts',
    async (file) => {
      copyFileSync(join(folder, file), join(server.folder, basename(file)));
      const name = basename(file, '.ipynb');
      const notebook = await NotebookPage.show(server, page, name);
      await notebook.panel.getByText('TypeScript (Fovea)').first().waitFor();
      await notebook.panel.locator('.jp-OutputArea-output').first().waitFor();
      await notebook.picture(`notebook ${name}`);
      expect(await notebook.panel.locator('.jp-OutputArea-output.jp-mod-error').count()).toBe(0);
    },
    60_000,
  );

  it('updates a progress bar in place', async () => {
    const notebook = await NotebookPage.open(server, page, 'progress', [
      'for (const step of progress(Array.from({ length: 400 }, (_, i) => i)))\n  await new Promise((done) => setTimeout(done, 25));',
    ]);
    await notebook.run(0);
    await notebook
      .output(0)
      .getByText(/\d+\/400/)
      .first()
      .waitFor();
    const first = await notebook.output(0).innerText();
    await expect.poll(() => notebook.output(0).innerText(), { timeout: 15_000 }).not.toBe(first);
    expect(await notebook.output(0).count()).toBe(1);
    await notebook.picture('progress');
    await notebook.command('notebook:interrupt-kernel');
    await notebook.idle();
  }, 60_000);

  it('completes names with their types and documentation, and explains a call', async () => {
    const notebook = await NotebookPage.open(server, page, 'completion', [
      '/** Mean of a list of numbers; NaN for an empty one. */\nfunction meanOf(values: readonly number[]): number {\n  return values.reduce((sum, value) => sum + value, 0) / values.length;\n}\nconst meanLoss = meanOf([1, 2]);',
      'mean',
      'meanOf([1])',
    ]);
    await notebook.runToEnd(0);
    await notebook.edit(1);
    await page.keyboard.press('Tab');
    const popup = page.locator('.jp-Completer');
    await popup.getByText('meanOf').first().waitFor();
    expect(await popup.innerText()).toContain('meanLoss');
    await page.keyboard.press('ArrowDown');
    await popup.getByText('Mean of a list of numbers').waitFor();
    expect(await popup.innerText()).toContain('(values: readonly number[]) => number');
    await notebook.picture('completion');
    await page.keyboard.press('Escape');
    await notebook.edit(2);
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('Shift+Tab');
    const tooltip = page.locator('.jp-Tooltip');
    await tooltip.getByText('Mean of a list of numbers').waitFor();
    expect(await tooltip.innerText()).toContain('readonly number[]');
    await notebook.picture('tooltip');
  }, 60_000);

  it('stops a busy loop by its button, and what cells declared survives', async () => {
    const notebook = await NotebookPage.open(server, page, 'interrupt', [
      'let turns = 0;\nconsole.log("spinning");\nfor (;;) turns++;',
      'turns > 0',
    ]);
    await notebook.run(0);
    await notebook.output(0).getByText('spinning').waitFor();
    await notebook.panel.locator('[data-command="notebook:interrupt-kernel"]').first().click();
    await notebook.output(0).getByText('KeyboardInterrupt').first().waitFor();
    await notebook.picture('interrupt');
    await notebook.runToEnd(1);
    expect(await notebook.output(1).innerText()).toBe('true');
  }, 60_000);

  it('asks for input, and hides a password', async () => {
    const notebook = await NotebookPage.open(server, page, 'input', [
      "const name = prompt('Your name? ');\n`hello ${name}`",
      "password('Secret: ').length",
    ]);
    await notebook.run(0);
    const box = notebook.cell(0).locator('input.jp-Stdin-input');
    await box.waitFor();
    await notebook.picture('input');
    await box.fill('Ada');
    await box.press('Enter');
    await notebook.output(0).getByText("'hello Ada'").waitFor();
    await notebook.run(1);
    const secret = notebook.cell(1).locator('input.jp-Stdin-input');
    await secret.waitFor();
    expect(await secret.getAttribute('type')).toBe('password');
    await secret.fill('secret');
    await secret.press('Enter');
    await notebook.output(1).getByText(/^6$/).waitFor();
    expect(await notebook.cell(1).innerText()).not.toContain('secret');
  }, 60_000);

  it('starts afresh on a restart', async () => {
    const notebook = await NotebookPage.open(server, page, 'restart', [
      'const once = 1;\nonce',
      'typeof once',
    ]);
    await notebook.runToEnd(0);
    await notebook.command('notebook:restart-kernel');
    await page.locator('.jp-Dialog .jp-mod-accept').click();
    await notebook.idle();
    await notebook.runToEnd(1);
    expect(await notebook.output(1).innerText()).toMatch(/undefined|TypeScriptError/);
  }, 60_000);

  it('stops at a breakpoint that was set in the margin, shows variables, steps and goes on', async () => {
    const notebook = await NotebookPage.open(server, page, 'debugger', [
      'function scale(values: number[], factor: number): number[] {\n  const scaled = values.map((value) => value * factor);\n  return scaled;\n}',
      'const losses = [1, 2, 3];\nconst total = scale(losses, 10);\ntotal',
    ]);
    await notebook.runToEnd(0);
    await notebook.panel.locator('.jp-DebuggerBugButton').click();
    await notebook.panel.locator('.jp-DebuggerBugButton[aria-pressed="true"]').waitFor();
    // Line 2 of the function, in the margin where breakpoints are set.
    await notebook.cell(0).locator('.cm-breakpoint-gutter .cm-gutterElement').nth(2).click();
    await notebook.cell(0).locator('.cm-breakpoint-icon:visible').waitFor();
    await notebook.run(1);
    const sidebar = page.locator('.jp-DebuggerSidebar');
    await sidebar.getByText('scale').first().waitFor();
    await sidebar.getByText('factor').first().waitFor();
    await notebook.picture('debugger-breakpoint');
    expect(await sidebar.locator('.jp-DebuggerCallstack-body').innerText()).toMatch(/scale[\s\S]*Cell \[2\]/);
    await notebook.cell(0).locator('.jp-DebuggerEditor-highlight').getByText('const scaled').waitFor();
    await notebook.command('debugger:next');
    await notebook.cell(0).locator('.jp-DebuggerEditor-highlight').getByText('return scaled').waitFor();
    await sidebar.getByText('scaled').first().waitFor();
    await notebook.picture('debugger-step');
    await notebook.command('debugger:continue');
    await notebook.output(1).getByText('[ 10, 20, 30 ]').waitFor();
    await sidebar.getByText('losses').first().waitFor();
    await notebook.picture('debugger-variables');
    await notebook.panel.locator('.jp-DebuggerBugButton').click();
    await notebook.panel.locator('.jp-DebuggerBugButton[aria-pressed="false"]').waitFor();
    await notebook.runToEnd(1);
  }, 120_000);
});

/** A Vega-Lite specification as the last expression of a cell. */
const lossChart = `({
  $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
  width: 300, height: 140, mark: 'line',
  data: { values: [1, 2, 3, 4].map((epoch) => ({ epoch, loss: 1 / epoch })) },
  encoding: { x: { field: 'epoch', type: 'quantitative' }, y: { field: 'loss', type: 'quantitative' } },
})`;
