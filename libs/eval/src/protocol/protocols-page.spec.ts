import { workspaceRoot } from '@fovea/files';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { protocolTables } from './protocol-tables.ts';

/** Cells of the table below a heading, without spaces around them. */
function tableBelow(page: string, title: string): string[][] {
  const section = page.split(`\n### ${title}\n`)[1] ?? '';
  return section
    .split('\n')
    .slice(1)
    .filter(
      (line, at, all) =>
        line.startsWith('|') && all.slice(0, at).every((other) => other === '' || other.startsWith('|')),
    )
    .filter((line) => !/^\|[\s:|-]+\|$/.test(line))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
}

describe('docs/protocols.md', () => {
  const page = readFileSync(join(workspaceRoot(), 'docs', 'protocols.md'), 'utf8');

  it.each(protocolTables())('holds the constants of the code: $title', ({ title, columns, rows }) => {
    expect(tableBelow(page, title)).toEqual([[...columns], ...rows.map((row) => [...row])]);
  });

  it('states every evaluator: what is trained, on what, chosen how, reported how', () => {
    const index = readFileSync(new URL('../index.ts', import.meta.url), 'utf8');
    const evaluators = [
      'knn', 'linear', 'linearOnImages', 'linearOnShare', 'logisticProbe', 'ridgeProbe', 'semiSupervised', 'voc07Svm', 'voc07LowShot', 'fewShot',
      'clustering', 'retrieval', 'transfer', 'longTail', 'segmentation', 'detection', 'videoSegmentation', 'copyDetection', 'corruptions',
      'backgroundsChallenge', 'faithfulness', 'grounding',
    ]; // prettier-ignore
    for (const name of evaluators) {
      expect(index).toMatch(new RegExp(`\\b${name}\\b`));
      expect(page).toContain(`\`${name}\``);
    }
  });
});
