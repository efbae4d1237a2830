import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

it('long sessions, bad messages, many kernels and a killed server: nothing is lost, wrong or left behind', async () => {
  const { FORCE_COLOR: _color, ...env } = process.env;
  const script = fileURLToPath(new URL('stress.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', script, '--quick'], { env });
  let text = '';
  child.stdout.on('data', (data: Buffer) => (text += data.toString()));
  child.stderr.on('data', (data: Buffer) => (text += data.toString()));
  const status = await new Promise((resolve) => child.on('close', resolve));
  expect(status, text).toBe(0);
  expect(text.match(/^ok/gm)).toHaveLength(5);
}, 120_000);
