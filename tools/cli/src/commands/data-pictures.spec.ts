import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { RECIPES } from '@fovea/augment';
import { CATALOGUE } from '@fovea/data';
import { workspaceRoot } from '@fovea/files';
import { describe, expect, it } from 'vitest';

const folder = join(workspaceRoot(), 'docs/data');
const page = readFileSync(join(folder, 'README.md'), 'utf8');

describe('the data page', () => {
  it('names every data set and shows every recipe with its source', () => {
    for (const { name } of CATALOGUE) expect(page, name).toContain(`\`${name}\``);
    for (const { name, source } of RECIPES.values()) {
      expect(page, name).toContain(`(recipe-${name}.webp)`);
      expect(page.replaceAll('\\', ''), name).toContain(source);
    }
  });
  it('has exactly the pictures that it shows, under 400 kB in all', () => {
    const shown = [...page.matchAll(/\]\(([^)]+\.webp)\)/g)].map(([, file]) => file);
    const files = readdirSync(folder).filter((file) => file.endsWith('.webp'));
    expect(files.sort()).toEqual([...new Set(shown)].sort());
    const bytes = files.reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);
    expect(bytes).toBeLessThan(400_000);
  });
});
