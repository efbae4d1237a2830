import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runGolden, type GoldenSummary } from '../../cli/src/golden/run-golden.ts';

/**
 * Has a peer compute cases and compares the functions of @fovea/eval with them.
 *
 * @param python - an interpreter that has the peers
 * @param script - `make_cases.py` or `make_torch_cases.py`
 * @param seed - of the random inputs
 * @param write - takes a line a case
 */
export async function compareWithPeers(
  python: string,
  script: string,
  seed: number,
  write: (line: string) => void,
): Promise<GoldenSummary> {
  const folder = mkdtempSync(join(tmpdir(), 'fovea-parity-'));
  try {
    const path = fileURLToPath(new URL(script, import.meta.url));
    execFileSync(python, [path, folder, String(seed)], { stdio: ['ignore', 'inherit', 'inherit'] });
    return await runGolden(folder, { write });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
