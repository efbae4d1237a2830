import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { workspaceRoot } from '@fovea/files';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHROMIUM, reportBrowser, type ReportBrowser } from './open-report.ts';

const isMissing = !existsSync(CHROMIUM);
if (isMissing) console.log(`report page tests skipped: there is no ${CHROMIUM}; set FOVEA_CHROMIUM.`);

describe.skipIf(isMissing)('the report page', { timeout: 60_000 }, () => {
  let browser: ReportBrowser | undefined;
  let page: Page;
  const problems: string[] = [];

  beforeAll(async () => {
    browser = await reportBrowser();
    page = browser.page;
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('request', (request) => {
      if (!request.url().startsWith('file:')) problems.push(`asks for ${request.url()}`);
    });
    await browser.open();
  }, 180_000);

  afterAll(() => browser?.close());

  const picture = async (name: string): Promise<void> => {
    const pictures = join(workspaceRoot(), '.fovea/screenshots');
    mkdirSync(pictures, { recursive: true });
    await page.screenshot({ path: join(pictures, `report ${name}.png`), fullPage: true });
  };

  it('shows a table, charts and verdicts of every paper, and asks the network for nothing', async () => {
    for (const id of ['bam', 'dilo', 'sgcl', 'vda']) {
      const section = page.locator(`section#${id}`);
      expect(await section.locator('table').count()).toBeGreaterThan(1);
      expect(await section.locator('figure svg').count()).toBeGreaterThan(0);
      expect(await section.innerText()).toMatch(/supported|contradicted|inconclusive/);
    }
    await picture('light');
    expect(problems).toEqual([]);
  });

  it('links every figure to a record that is on the page', async () => {
    const links = await page.locator('section figure a[href^="#record-"]').all();
    expect(links.length).toBeGreaterThan(0);
    for (const link of links) {
      const target = (await link.getAttribute('href')) ?? '#';
      expect(await page.locator(`[id="${target.slice(1)}"]`).count()).toBe(1);
    }
  });

  it('sorts a table by a column', async () => {
    const table = page.locator('#records-table');
    const header = table.locator('th button').first();
    const column = async (): Promise<string[]> =>
      table.locator('tbody tr td:first-child, tbody tr th:first-child').allInnerTexts();
    await header.click();
    const up = await column();
    await header.click();
    const down = await column();
    expect([...up].sort()).toEqual([...down].sort());
    expect(await table.locator('th[aria-sort="descending"]').count()).toBe(1);
  });

  it('filters records and says how many are left', async () => {
    const filter = page.locator('#filter');
    await filter.fill('dida');
    const visible = await page.locator('#records-table tbody tr:not([hidden])').allInnerTexts();
    expect(visible.length).toBeGreaterThan(0);
    for (const row of visible) expect(row.toLowerCase()).toContain('dida');
    expect(await page.locator('#shown-count').innerText()).toMatch(/^\d+ of \d+ records$/);
    await filter.fill('');
  });

  it('compares two records', async () => {
    await page.locator('#compare-a').selectOption({ index: 0 });
    await page.locator('#compare-b').selectOption({ index: 1 });
    expect(await page.locator('#comparison tbody tr').count()).toBeGreaterThan(0);
  });

  it('is worked by keyboard: the first key leads to the results', async () => {
    await page.reload(); // the place where tabbing starts goes back to the top
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.className')).toBe('skip');
    await page.keyboard.press('Enter');
    expect(new URL(page.url()).hash).toBe('#main');
  });

  it('changes between light and dark', async () => {
    const colour = (): Promise<string> => page.evaluate('getComputedStyle(document.body).backgroundColor');
    const before = await colour();
    await page.locator('#theme').click();
    expect(await colour()).not.toBe(before);
    await picture('dark');
  });

  it('fits a phone: the page itself never scrolls sideways', async () => {
    await page.setViewportSize({ width: 375, height: 740 });
    const width = (name: string): Promise<number> => page.evaluate(`document.documentElement.${name}`);
    expect(await width('scrollWidth')).toBeLessThanOrEqual(await width('clientWidth'));
    await picture('phone');
  });
});
