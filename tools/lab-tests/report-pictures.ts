import { mkdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { workspaceRoot } from '@fovea/files';
import sharp from 'sharp';
import { reportBrowser } from './open-report.ts';

// `npm run pictures:report`: what the report page of the stored records looks like, as the pictures of docs/report.

const folder = join(workspaceRoot(), 'docs/report');
mkdirSync(folder, { recursive: true });
const { page, open, close } = await reportBrowser();

async function picture(name: string, width: number, height: number, selector: string): Promise<void> {
  await page.setViewportSize({ width, height });
  await page.evaluate(`document.querySelector('${selector}').scrollIntoView()`);
  const file = join(folder, `${name}.webp`);
  const { size } = await sharp(await page.screenshot())
    .webp({ quality: 82 })
    .toFile(file);
  console.log(`${relative(workspaceRoot(), file)}  ${Math.round(size / 1024)} KiB`);
}

try {
  await open();
  await picture('light', 1280, 1600, 'section#vda');
  await page.locator('#compare-a').selectOption({ index: 0 });
  await page.locator('#compare-b').selectOption({ index: 1 });
  await picture('compare', 1280, 900, '#comparison');
  await page.locator('#theme').click();
  await picture('dark', 1280, 1600, 'section#bam');
  await picture('phone', 390, 844, 'section#dilo');
} finally {
  await close();
}
