import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

it('runs the example of the README as it stands', () => {
  const folder = join(import.meta.dirname, '..');
  const [, example] = readFileSync(join(folder, 'README.md'), 'utf8').split('```ts\n');
  const ignored = join(folder, 'node_modules'); // packages resolve from here, and no other tool looks in
  mkdirSync(ignored, { recursive: true });
  const file = join(ignored, `readme-${process.pid}.mts`);
  writeFileSync(file, example.split('```')[0]);
  try {
    const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', file], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect(`${status} ${stderr}`).toBe('0 ');
  } finally {
    rmSync(file);
  }
}, 30_000);
