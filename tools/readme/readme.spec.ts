import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { workspaceRoot } from '@fovea/files';
import { afterAll, describe, expect, it } from 'vitest';

const root = workspaceRoot();
const scratch = join(root, '.fovea/readme');
const folder = (name: string): string => join(root, 'libs', name);
const libraries = readdirSync(join(root, 'libs')).filter((name) =>
  existsSync(join(folder(name), 'package.json')),
);
/** Specs at the top of a library's sources that read its README: its example needs more than to run (a kernel, a comparison). */
const specsOfReadme = (name: string): string[] =>
  readdirSync(join(folder(name), 'src'))
    .filter((file) => file.endsWith('.spec.ts'))
    .filter((file) => readFileSync(join(folder(name), 'src', file), 'utf8').includes('README.md'));
const own = libraries.filter((name) => specsOfReadme(name).length > 0);

afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

describe('the README of every library', () => {
  it.each(own)('@fovea/%s has an example that its own spec runs', (name) => {
    expect(readFileSync(join(folder(name), 'README.md'), 'utf8')).toMatch(/```ts\n/);
  });

  it.each(libraries.filter((name) => !own.includes(name)))(
    '@fovea/%s has an example that imports the library and runs',
    { timeout: 300_000 },
    async (name) => {
      const readme = readFileSync(join(folder(name), 'README.md'), 'utf8');
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
