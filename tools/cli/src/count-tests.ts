import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** How many tests ran and how they ended. */
export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Counts over the JUnit reports of a folder, as Vitest and Node's runner write them; a folder that is missing holds none. */
export function countTests(folder: string): TestCounts {
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.xml')) : [];
  let [passed, failed, skipped] = [0, 0, 0];
  for (const file of files) {
    const report = readFileSync(join(folder, file), 'utf8');
    for (const [, attributes, body = ''] of report.matchAll(
      /<testcase\b([^>]*?)(?:\/>|>([^]*?)<\/testcase>)/g,
    )) {
      if (/<(failure|error)\b/.test(body) || /\bfailure=/.test(attributes)) failed++;
      else if (/<skipped\b/.test(body)) skipped++;
      else passed++;
    }
  }
  return { passed, failed, skipped };
}
