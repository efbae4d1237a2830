import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { workspaceRoot } from '@fovea/files';
import { runGolden } from './index.ts';
import { loadAdapters } from './load-adapters.ts';

const folder = join(workspaceRoot(), '..', 'shared', 'golden');
if (!existsSync(folder))
  console.log('Golden vectors: ../shared/golden is absent, the comparison is skipped.');

describe('adapters', () => {
  it('load without a fault and have one function each', async () => {
    const { adapters, failures } = await loadAdapters();
    expect(failures).toEqual([]);
    expect(adapters.size).toBeGreaterThan(0);
  });

  it.runIf(existsSync(folder))('pass every golden case of their functions', { timeout: 60_000 }, async () => {
    const lines: string[] = [];
    const { passed, failed } = await runGolden(folder, {
      skipUnknown: true,
      write: (line) => void lines.push(line),
    });
    expect(lines.filter((line) => line.startsWith('✗'))).toEqual([]);
    expect(failed).toBe(0);
    expect(passed).toBeGreaterThan(0);
  });
});
