import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { KernelClient, resultText } from '../testing/kernel-client.ts';

let kernel: KernelClient;
let stamp = 1_000_000;

beforeAll(async () => {
  kernel = await KernelClient.start();
  write('package.json', '{ "type": "module" }');
}, 60_000);
afterAll(() => kernel.stop());
beforeEach(() => kernel.execute('%autoreload 0'));

/** Writes a file with a time stamp that no earlier one had. */
function write(name: string, text: string): void {
  const file = join(kernel.folder, name);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, text);
  utimesSync(file, ++stamp, stamp);
}

async function value(code: string): Promise<unknown> {
  const { reply, outputs } = await kernel.execute(code);
  return reply.status === 'ok' ? resultText(outputs) : `${String(reply.ename)}: ${String(reply.evalue)}`;
}

describe('the user’s own modules', () => {
  it('import each other in a circle', async () => {
    write(
      'even.ts',
      'import { odd } from "./odd.ts"; export const even = (n: number): boolean => n === 0 || odd(n - 1);',
    );
    write(
      'odd.ts',
      'import { even } from "./even.ts"; export const odd = (n: number): boolean => n !== 0 && even(n - 1);',
    );
    expect(await value('import { even } from "./even.ts"; even(10)')).toBe('true');
  });

  it('are found through paths of tsconfig.json', async () => {
    write('tsconfig.json', '{ "compilerOptions": { "paths": { "@deep/*": ["./src/deep/*"] } } }');
    write('src/deep/value.ts', 'export const deep: number = 7;');
    const fresh = await KernelClient.start({}, kernel.folder);
    try {
      const { outputs } = await fresh.execute('import { deep } from "@deep/value"; deep');
      expect(resultText(outputs)).toBe('7');
      expect((await fresh.execute('const text: string = deep')).reply).toMatchObject({
        ename: 'TypeScriptError',
      });
    } finally {
      await fresh.stop();
    }
  }, 30_000);
});

describe('packages', () => {
  it('of CommonJS that a compiler made give Node’s default and live names', async () => {
    write('node_modules/made/package.json', '{ "name": "made", "version": "1.0.0", "main": "index.js" }');
    write(
      'node_modules/made/index.js',
      'exports.__esModule = true; exports.default = "d"; exports.n = 1; exports.up = () => { exports.n++ }',
    );
    expect(await value('import made, { n, up } from "made"; up(); [made.default, n, made.n]')).toBe(
      "[ 'd', 2, 2 ]",
    );
    expect(await value('up(); n')).toBe('3');
  });
});

describe('%autoreload', () => {
  it('0 leaves modules as they were loaded', async () => {
    write('zero.ts', 'export const version: number = 1;');
    await kernel.execute('import { version as zero } from "./zero.ts"');
    write('zero.ts', 'export const version: number = 2;');
    expect(await value('zero')).toBe('1');
  });

  it('1 reloads what %aimport names, and nothing else', async () => {
    for (const name of ['named', 'other']) write(`${name}.ts`, 'export const version: number = 1;');
    await kernel.execute(
      '%autoreload 1\n%aimport ./named.ts\nimport { version as named } from "./named.ts"; import { version as other } from "./other.ts"',
    );
    for (const name of ['named', 'other']) write(`${name}.ts`, 'export const version: number = 2;');
    expect(await value('[named, other]')).toBe('[ 2, 1 ]');
  });

  it('2 reloads what changed with all that import it, and the rest keeps its state', async () => {
    write('leaf.ts', 'export const leaf: number = 1;');
    write('middle.ts', 'export { leaf } from "./leaf.ts"; export const state = { n: 0 };');
    write('root.ts', 'import { leaf } from "./middle.ts"; export const root = () => leaf * 10;');
    write('apart.ts', 'export const apart = { n: 0 };');
    await kernel.execute(
      '%autoreload 2\nimport { root } from "./root.ts"; import { apart } from "./apart.ts"; apart.n = 5',
    );
    write('leaf.ts', 'export const leaf: number = 2;');
    expect(await value('[root(), apart.n]')).toBe('[ 20, 5 ]');
    write('leaf.ts', 'export const leaf: number = 3;');
    expect(await value('[root(), apart.n]')).toBe('[ 30, 5 ]');
  });

  it('2 knows the new types too', async () => {
    write('typed.ts', 'export const made: number = 1;');
    await kernel.execute('%autoreload 2\nimport { made } from "./typed.ts"');
    write('typed.ts', 'export const made: string = "text";');
    expect(await value('made.toUpperCase()')).toBe("'TEXT'");
  });

  it('%reload loads everything anew, once', async () => {
    write('once.ts', 'export const state = { n: 0 };');
    await kernel.execute('import { state } from "./once.ts"; state.n = 1');
    expect(await value('%reload\nstate.n')).toBe('0');
  });

  it('knows no other mode', async () => {
    expect(await value('%autoreload 3')).toBe('Error: %autoreload: must be 0, 1 or 2, got 3.');
  });
});
