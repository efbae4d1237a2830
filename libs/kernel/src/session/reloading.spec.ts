import { mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { KernelClient, resultText, streamText } from '../testing/kernel-client.ts';

let kernel: KernelClient;
// A busy machine may take its time.
vi.setConfig({ testTimeout: 40_000 });
let stamp = 1_000_000;

beforeAll(async () => {
  kernel = await KernelClient.start();
  write('package.json', '{ "type": "module" }');
}, 60_000);
afterAll(() => kernel.stop());
beforeEach(() => kernel.execute('%autoreload 0'));

/** Writes a file with a time stamp that no earlier one had. */
function write(name: string, text: string, folder = kernel.folder): void {
  const file = join(folder, name);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, text);
  utimesSync(file, ++stamp, stamp);
}

async function value(code: string, on = kernel): Promise<unknown> {
  const { reply, outputs } = await on.execute(code);
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

  it('2 sees a file that was written again with its time and size of before', async () => {
    write('same.ts', 'export const same: number = 1;');
    expect(await value('%autoreload 2\nimport { same } from "./same.ts"; same')).toBe('1');
    stamp--;
    write('same.ts', 'export const same: number = 2;');
    expect(await value('same')).toBe('2');
  });

  it('2 gives no old value of a module that is gone or broken, and the new ones of all others', async () => {
    for (const name of ['gone', 'broken', 'fine'])
      write(`${name}.ts`, `export const ${name}: number = 1; export const keep${name}: number = 1;`);
    const cell =
      '%autoreload 2\nimport { gone, keepgone } from "./gone.ts"; import { broken } from "./broken.ts"; import { fine } from "./fine.ts"';
    expect(await value(`${cell}; gone + keepgone + broken + fine`)).toBe('4');
    renameSync(join(kernel.folder, 'gone.ts'), join(kernel.folder, 'moved.ts'));
    write('broken.ts', 'export const broken: number = ;');
    write('fine.ts', 'export const fine: number = 2;');
    const { outputs } = await kernel.execute('"runs"');
    expect(resultText(outputs)).toBe("'runs'");
    expect(streamText(outputs, 'stderr')).toMatch(/^Not loaded anew: gone, keepgone, broken\.\n.*gone\.ts/);
    expect(await value('fine')).toBe('2');
    expect(await value('gone')).toMatch(/^Error: Cannot find module .*gone\.ts/);
    expect(await value('() => broken; broken')).toMatch(/TransformError/);
    write('broken.ts', 'export const broken: number = 3;');
    expect(await value('[broken, fine]')).toBe('[ 3, 2 ]');
    renameSync(join(kernel.folder, 'moved.ts'), join(kernel.folder, 'gone.ts'));
    write('gone.ts', 'export const gone: number = 5; export const keepgone: number = 6;');
    expect(await value('gone + keepgone')).toBe('11');
    rmSync(join(kernel.folder, 'gone.ts'));
    expect(await value('keepgone')).toMatch(/gone\.ts/);
    expect(await value('import { fine as gone } from "./fine.ts"; gone')).toBe('2');
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

describe('an import that failed', () => {
  it.each([
    ['because its module threw', 'threw', 'throw new Error("first"); export const made: number = 1;'],
    ['because of its syntax', 'syntax', 'export const made: number = ;'],
    ['because it was not there', 'absent', undefined],
  ])('%s is tried anew, and what others have loaded keeps its state', async (_, name, text) => {
    write(`counts-${name}.ts`, 'export const state = { n: 0 };');
    await kernel.execute(`import { state as s${name} } from "./counts-${name}.ts"; s${name}.n = 7`);
    const cell = `import { made as ${name} } from "./outer-${name}.ts"; [${name}, s${name}.n]`;
    write(`outer-${name}.ts`, `import "./counts-${name}.ts"; export { made } from "./${name}.ts";`);
    if (text !== undefined) write(`${name}.ts`, text);
    expect(await value(`// @ts-nocheck\n${cell}`)).toMatch(/Error/);
    write(`${name}.ts`, 'export const made: number = 2;');
    expect(await value(cell)).toBe('[ 2, 7 ]');
  });
});

describe('a folder that does not say which kind of module its files are', () => {
  let plain: KernelClient;
  beforeAll(async () => {
    plain = await KernelClient.start();
  }, 60_000);
  afterAll(() => plain.stop());
  const put = (name: string, text: string): void => write(name, text, plain.folder);

  it('has modules that are loaded anew with all that import them', async () => {
    put('leaf.ts', 'export const leaf: number = 1; export const own = { n: 0 };');
    put('apart.ts', 'export const apart = { n: 0 };');
    put('root.ts', 'import { leaf } from "./leaf"; export const root = (): number => leaf * 10;');
    const cell =
      '%autoreload 2\nimport { root } from "./root"; import { leaf } from "./leaf.ts"; import { apart } from "./apart.ts"; apart.n = 5; [root(), leaf]';
    expect(await value(cell, plain)).toBe('[ 10, 1 ]');
    put('leaf.ts', 'export const leaf: number = 2; export const own = { n: 0 };');
    expect(await value('[root(), leaf, apart.n]', plain)).toBe('[ 20, 2, 5 ]');
    put('leaf.ts', 'export const leaf: number = 3; export const own = { n: 0 };');
    expect(await value('[root(), leaf, apart.n]', plain)).toBe('[ 30, 3, 5 ]');
  });

  it('has CommonJS files and JSON that are loaded anew', async () => {
    put('inner.cjs', 'exports.value = 1;');
    put(
      'outer.cjs',
      'exports.get = () => require("./inner.cjs").value; exports.inner = require("./inner.cjs");',
    );
    put('data.json', '{ "n": 1 }');
    const cell =
      '%autoreload 2\nimport { get, inner } from "./outer.cjs"; import data, { n } from "./data.json"; [get(), inner.value, data.n, n]';
    expect(await value(cell, plain)).toBe('[ 1, 1, 1, 1 ]');
    put('inner.cjs', 'exports.value = 2;');
    put('data.json', '{ "n": 2 }');
    expect(await value('[get(), inner.value, data.n, n]', plain)).toBe('[ 2, 2, 2, 2 ]');
    expect(await value('require("./inner.cjs").value', plain)).toBe('2');
  });

  it('has modules whose loops stop behind an await, with the same lines as before', async () => {
    put(
      'spin.ts',
      'export async function spin(): Promise<never> {\n  await null;\n  for (;;) turns.n++;\n}\nexport const turns = { n: 0 };\n\nexport const fail = (n: number) => {\n  for (let i = 0; i < n; i++) for (const x of [i]) void x;\n  if (n > 3)\n    return 1;\n  throw new Error("here");\n};',
    );
    await plain.execute('import { spin, turns, fail } from "./spin.ts"; let kept = 1');
    const running = plain.execute('console.log("spins"); await spin()');
    await plain.until(() => plain.published.some(({ content }) => content.text === 'spins\n'));
    await plain.request(plain.control, 'interrupt_request', {});
    expect((await running).reply).toMatchObject({ ename: 'KeyboardInterrupt' });
    expect(await value('[kept, typeof turns.n]', plain)).toBe("[ 1, 'number' ]");
    const { reply } = await plain.execute('fail(2)');
    expect((reply.traceback as string[]).join('\n')).toMatch(/fail.*spin\.ts:11:9/);
    expect(streamText((await plain.execute('console.log("on")')).outputs)).toBe('on\n');
  });
});
