import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import { compileCell } from './compiler/compile-cell.ts';
import { Importer } from './session/importer.ts';
import { Session } from './session/session.ts';

it('the cells of the README give the values beside them', async () => {
  const text = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const cells = [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => code);
  const none = () => undefined;
  const outputs = { stream: none, display: none, result: none, error: none, clear: none, input: none };
  const session = new Session({ importer: new Importer(process.cwd()), outputs, compile: compileCell });
  let checked = 0;
  for (const cell of cells) {
    const outcome = await session.execute(cell);
    expect(outcome.status).toBe('ok');
    const expected = /\/\/ → (.*)\n$/.exec(cell)?.[1];
    if (expected === undefined || outcome.status !== 'ok') continue;
    expect(inspect(outcome.value)).toBe(expected);
    checked++;
  }
  expect(checked).toBe(2);
});
