import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bamExperiment } from '@fovea/experiments';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { showReport } from './show-report.ts';

const folder = mkdtempSync(join(tmpdir(), 'fovea-report-'));
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

describe('showReport', () => {
  it('says why there is no table, and fails nothing: the records are what counts', async () => {
    vi.stubEnv('FOVEA_RESULTS', folder);
    const said = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    await showReport(bamExperiment, 'small');
    expect(said.mock.calls).toEqual([
      [expect.stringMatching(/^no table yet: report: no record of bam at profile small; run "npx fovea/)],
    ]);
    expect(readdirSync(folder)).toEqual([]);
  });
});
