import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installKernelSpec } from '@fovea/kernel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const python = fileURLToPath(new URL('../../.fovea/venv/bin/python', import.meta.url));
const prefix = mkdtempSync(join(tmpdir(), 'fovea-kernel-tools-'));
beforeAll(() => void installKernelSpec({ prefix }));
afterAll(() => rmSync(prefix, { recursive: true, force: true }));

/** Runs a Python suite of this folder with a kernelspec of its own; resolves to what it printed. */
async function suite(name: string): Promise<{ status: number | null; text: string }> {
  const { FORCE_COLOR: _color, ...env } = process.env;
  const child = spawn(python, [fileURLToPath(new URL(name, import.meta.url))], {
    env: { ...env, JUPYTER_PATH: join(prefix, 'share', 'jupyter'), FOVEA_HISTORY: '' },
  });
  let text = '';
  child.stdout.on('data', (data: Buffer) => (text += data.toString()));
  child.stderr.on('data', (data: Buffer) => (text += data.toString()));
  return new Promise((resolve) => {
    child.on('close', (status) => resolve({ status, text }));
  });
}

describe.skipIf(!existsSync(python))('the kernel under Jupyter’s own tools', () => {
  it.each([
    ['passes jupyter_kernel_test with every test enabled', 'conformance.py', 14],
    ['runs under papermill, nbconvert, nbmake and jupytext', 'tooling.py', 7],
  ])('%s', { timeout: 280_000 }, async (_sentence, script, count) => {
    const { status, text } = await suite(script);
    expect(status, text).toBe(0);
    expect(text).not.toMatch(/skipped/);
    expect(Number(/^Ran (\d+) tests/m.exec(text)?.[1])).toBeGreaterThanOrEqual(count);
  });
});
