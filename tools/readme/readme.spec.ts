import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { workspaceRoot } from '@fovea/files';
import { afterAll, describe, expect, it } from 'vitest';

const root = workspaceRoot();
const scratch = join(root, '.fovea/readme');
const libraries = readdirSync(join(root, 'libs')).filter((name) =>
  existsSync(join(root, 'libs', name, 'package.json')),
);

afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

describe('the README of every library', () => {
  it.each(libraries)(
    '@fovea/%s has an example that imports the library and runs',
    { timeout: 120_000 },
    async (name) => {
      const readme = readFileSync(join(root, 'libs', name, 'README.md'), 'utf8');
      const example = /```ts\n([^]*?)```/.exec(readme)?.[1] ?? '';
      expect(example).toContain(`from '@fovea/${name}'`);
      expect(example).toContain('assert');
      mkdirSync(scratch, { recursive: true });
      const file = join(scratch, `${name}.ts`);
      writeFileSync(file, example);
      await import(/* @vite-ignore */ pathToFileURL(file).href); // its assertions throw
    },
  );
});
