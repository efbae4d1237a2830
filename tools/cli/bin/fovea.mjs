#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const setup = fileURLToPath(new URL('../../setup/setup.mjs', import.meta.url));
if (!existsSync(fileURLToPath(new URL('../../../node_modules/tsx', import.meta.url)))) {
  console.error(`The packages are not installed. Run: node ${setup}`);
  process.exit(1);
}
const { register } = await import('tsx/esm/api');
register();
await import('../src/main.ts');
