import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { KernelClient, resultText, streamText } from '../testing/kernel-client.ts';

// A busy machine may take its time.
vi.setConfig({ testTimeout: 40_000 });

let kernel: KernelClient;
const workspaceFolder = fileURLToPath(new URL('../..', import.meta.url));

beforeAll(async () => {
  kernel = await KernelClient.start({}, workspaceFolder);
  await kernel.execute('0');
}, 60_000);
afterAll(() => kernel.stop());

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Sends a cell, waits until it prints `go`, interrupts it, and returns its reply. */
async function interrupted(code: string): Promise<{ reply: Record<string, unknown> }> {
  const running = kernel.execute(code);
  const before = kernel.published.length;
  await kernel.until(() =>
    kernel.published.slice(before).some(({ content }) => String(content.text).includes('go')),
  );
  await sleep(50);
  await kernel.request(kernel.control, 'interrupt_request', {});
  return { reply: (await running).reply };
}

describe('cells over the protocol', () => {
  it('gives values, streams and counts', async () => {
    const first = await kernel.execute('console.log("out"); console.error("err"); 6 * 7');
    expect(resultText(first.outputs)).toBe('42');
    expect(streamText(first.outputs)).toBe('out\n');
    expect(streamText(first.outputs, 'stderr')).toBe('err\n');
    const second = await kernel.execute('1');
    expect(second.reply.execution_count).toBe(Number(first.reply.execution_count) + 1);
  });

  it('announces each cell with execute_input, and silent ones not at all', async () => {
    const { outputs } = await kernel.execute('"loud"');
    expect(outputs.map(({ header }) => header.msg_type)).toEqual(['execute_input', 'execute_result']);
    const silent = await kernel.execute('"quiet"', { silent: true });
    expect(silent.outputs).toEqual([]);
  });

  it('reports an exception as one error with the line of the cell', async () => {
    const { reply, outputs } = await kernel.execute('const ok = 1;\nthrow new RangeError("boom")');
    expect(reply).toMatchObject({ status: 'error', ename: 'RangeError', evalue: 'boom' });
    const errors = outputs.filter(({ header }) => header.msg_type === 'error');
    expect(errors).toHaveLength(1);
    const text = (errors[0]?.content.traceback as string[]).join('\n');
    expect(text).toMatch(/Cell \[\d+\]:2:7/);
    expect(text).not.toMatch(/session\.ts|node:vm|async_hooks/);
  });

  it('takes generic arrow functions and old type assertions', async () => {
    const { reply, outputs } = await kernel.execute(
      'const same = <T>(value: T): T => value;\n<number>same(6) * 7',
    );
    expect(reply).toMatchObject({ status: 'ok' });
    expect(resultText(outputs)).toBe('42');
  });

  it('reports wrong types before anything runs', async () => {
    const { reply, outputs } = await kernel.execute('console.log("ran"); const wrong: number = "text"');
    expect(reply).toMatchObject({ status: 'error', ename: 'TypeScriptError' });
    expect(streamText(outputs)).toBe('');
    expect((reply.traceback as string[]).join('\n')).toContain(':1:27');
  });

  it('knows the types of earlier cells', async () => {
    await kernel.execute('interface Point { x: number }; let point: Point = { x: 1 }');
    expect((await kernel.execute('point = { x: 2 }; point.x')).reply.status).toBe('ok');
    expect((await kernel.execute('point.y')).reply).toMatchObject({ ename: 'TypeScriptError' });
  });

  it('prints wrong types as a warning, or not at all, where it is told so', async () => {
    const wrong = 'const wrongly: number = "text"; wrongly';
    const warned = await kernel.execute(`%check warn\n${wrong}`);
    expect(resultText(warned.outputs)).toBe("'text'");
    expect(streamText(warned.outputs, 'stderr')).toMatch(/TypeScriptWarning TS2322.*:2:7/);
    const off = await kernel.execute(`%check off\n${wrong}`);
    expect([resultText(off.outputs), streamText(off.outputs, 'stderr')]).toEqual(["'text'", '']);
    await kernel.execute('%check error');
    expect((await kernel.execute(wrong)).reply).toMatchObject({ ename: 'TypeScriptError' });
    expect((await kernel.execute(`// @ts-nocheck\n${wrong}`)).reply.status).toBe('ok');
  });

  it('waits for the value of the last expression, unless told otherwise', async () => {
    expect(resultText((await kernel.execute('Promise.resolve(5)')).outputs)).toBe('5');
    expect(resultText((await kernel.execute('%await off\nPromise.resolve(5)')).outputs)).toBe(
      'Promise { 5 }',
    );
    await kernel.execute('%await on');
    const printed = await kernel.execute('console.log(Promise.resolve(1), [new Promise(() => {})])');
    expect(streamText(printed.outputs)).toBe('Promise { 1 } [ Promise { <pending> } ]\n');
  });

  it('shows the causes of an error, and the errors of an aggregate', async () => {
    const traceback = async (code: string): Promise<string> =>
      ((await kernel.execute(code)).reply.traceback as string[]).join('\n');
    const chain = await traceback(
      'const inner = new TypeError("inner");\nthrow new Error("outer", { cause: new RangeError("middle", { cause: inner }) })',
    );
    expect(chain).toMatch(/outer[\s\S]*Caused by: .*RangeError.*middle[\s\S]*Caused by: .*TypeError.*inner/);
    const all = await traceback('await Promise.any([Promise.reject(new Error("a")), Promise.reject("b")])');
    expect(all).toMatch(/AggregateError[\s\S]*Error 1 of 2: [\s\S]*a[\s\S]*Error 2 of 2: 'b'/);
    expect(await traceback('const e = new Error("self"); e.cause = e; throw e')).toContain('self');
  });

  it('evaluates user expressions', async () => {
    const { reply } = await kernel.execute('const ux = 5', {
      user_expressions: { a: 'ux + 1', b: 'nowhere9' },
    });
    expect(reply.user_expressions).toMatchObject({
      a: { status: 'ok', data: { 'text/plain': '6' } },
      b: { status: 'error' },
    });
  });

  it('loses none of 20,000 lines of a synchronous loop', async () => {
    const { outputs } = await kernel.execute('for (let i = 0; i < 20000; i++) console.log(i)');
    const lines = streamText(outputs).split('\n');
    expect(lines).toHaveLength(20_001);
    expect(lines[19_999]).toBe('19999');
  });

  it('shows output while a synchronous loop still runs', async () => {
    const running = kernel.execute('console.log("early"); for (;;);');
    await kernel.until(() => kernel.published.some(({ content }) => content.text === 'early\n'));
    await kernel.request(kernel.control, 'interrupt_request', {});
    expect((await running).reply).toMatchObject({ ename: 'KeyboardInterrupt' });
  });

  it('attributes output of a late callback to its own cell', async () => {
    const first = await kernel.execute('setTimeout(() => console.log("late"), 300); 0');
    await kernel.execute('await new Promise((r) => setTimeout(r, 600)); 1');
    const late = kernel.published.find(({ content }) => content.text === 'late\n');
    expect(late?.parent.msg_id).toBe(first.outputs[0]?.parent.msg_id);
  });

  it('imports a workspace library from its TypeScript source', async () => {
    const { reply, outputs } = await kernel.execute(
      'import { compileCell, type CompileResult } from "@fovea/kernel"; const r: CompileResult = compileCell("1"); r.ok',
    );
    expect(reply.status).toBe('ok');
    expect(resultText(outputs)).toBe('true');
  });

  it('serves notebooks written for tslab', async () => {
    const { outputs } = await kernel.execute(
      'import * as tslab from "tslab"; tslab.display.markdown("# hi"); const d = tslab.newDisplay(); d.text("a"); d.text("b")',
    );
    expect(outputs.slice(1).map(({ header }) => header.msg_type)).toEqual([
      'display_data',
      'display_data',
      'update_display_data',
    ]);
    const ids = outputs
      .slice(2)
      .map(({ content }) => (content.transient as { display_id?: string }).display_id);
    expect(ids[0]).toBe(ids[1]);
  });
});

describe('requests while a cell runs', () => {
  it('are answered on every channel', async () => {
    const id = await kernel.send(kernel.shell, 'execute_request', {
      code: 'console.log("spins"); for (;;);',
    });
    await kernel.until(() => kernel.published.some(({ content }) => content.text === 'spins\n'));
    expect(await kernel.request(kernel.control, 'kernel_info_request', {})).toMatchObject({ status: 'ok' });
    await kernel.heartbeat.send('ping');
    expect((await kernel.heartbeat.receive()).toString()).toBe('ping');
    const completed = await kernel.request(kernel.shell, 'complete_request', {
      code: 'Number.MAX_S',
      cursor_pos: 12,
    });
    expect(completed.matches).toEqual(['MAX_SAFE_INTEGER']);
    // Still running: nothing but the interrupt ends it.
    await kernel.request(kernel.control, 'interrupt_request', {});
    await kernel.outputsOf(id);
  });

  it('abort what is queued behind a failing cell, unless told otherwise', async () => {
    const base = { silent: false, store_history: true, allow_stdin: false };
    const ids = [
      await kernel.send(kernel.shell, 'execute_request', {
        ...base,
        code: 'await new Promise((r) => setTimeout(r, 200)); throw 1',
      }),
      await kernel.send(kernel.shell, 'execute_request', { ...base, code: '"second"' }),
    ];
    const statuses: unknown[] = [];
    while (statuses.length < 2) {
      const { parent, content } = await kernel.receive(kernel.shell);
      if (ids.some((id) => id === parent.msg_id)) statuses.push(content.status);
    }
    expect(statuses).toEqual(['error', 'aborted']);
    await kernel.send(kernel.shell, 'execute_request', { ...base, code: 'throw 1', stop_on_error: false });
    expect((await kernel.execute('"after"')).reply.status).toBe('ok');
  });
});

describe('an interrupt stops', () => {
  it('a synchronous loop, and the state survives', async () => {
    await kernel.execute('let kept = 41');
    const { reply } = await interrupted('console.log("go1"); for (;;) kept = kept');
    expect(reply).toMatchObject({ status: 'error', ename: 'KeyboardInterrupt' });
    expect(resultText((await kernel.execute('kept + 1')).outputs)).toBe('42');
  });

  it('a loop after an await', async () => {
    const { reply } = await interrupted('await null; console.log("go2"); for (;;);');
    expect(reply).toMatchObject({ ename: 'KeyboardInterrupt' });
  });

  it('a pending await', async () => {
    const { reply } = await interrupted(
      'console.log("go3"); await new Promise(() => setTimeout(() => {}, 60000))',
    );
    expect(reply).toMatchObject({ ename: 'KeyboardInterrupt' });
  });

  it('a loop of awaits, for good', async () => {
    const { reply } = await interrupted(
      'let ticks = 0; console.log("go4"); while (true) { ticks++; await new Promise((r) => setTimeout(r, 5)) }',
    );
    expect(reply).toMatchObject({ ename: 'KeyboardInterrupt' });
    const before = resultText((await kernel.execute('ticks')).outputs);
    await sleep(100);
    expect(resultText((await kernel.execute('ticks')).outputs)).toBe(before);
  });

  it('library code that never looks at the flag, in the synchronous part of a cell', async () => {
    const { reply } = await interrupted(
      'console.log("go5"); /(a+)+$/.test("a".repeat(40) + "b"); new Function("for(;;);")()',
    );
    expect(reply).toMatchObject({ ename: 'KeyboardInterrupt' });
    expect(resultText((await kernel.execute('"alive"')).outputs)).toBe("'alive'");
  });

  it('and finally blocks still run', async () => {
    await interrupted(
      'var cleaned = 0; try { console.log("go6"); for (;;); } finally { for (let i = 0; i < 3; i++) cleaned++ }',
    );
    expect(resultText((await kernel.execute('cleaned')).outputs)).toBe('3');
  });

  it('what listens to the signal of the running cell', async () => {
    await kernel.execute('import { signal } from "@fovea/kernel/notebook"; let heard: unknown');
    await interrupted(
      'signal().addEventListener("abort", () => { heard = signal().reason?.name }); console.log("go9"); await new Promise(() => {})',
    );
    expect(resultText((await kernel.execute('heard')).outputs)).toBe("'KeyboardInterrupt'");
    expect(resultText((await kernel.execute('signal().aborted')).outputs)).toBe('false');
  });

  it('a loop in a callback, and the cell that waits for it', async () => {
    const { reply } = await interrupted(
      'await new Promise((r) => setTimeout(() => { console.log("go10"); for (;;); }, 1))',
    );
    expect(reply).toMatchObject({ ename: 'KeyboardInterrupt' });
    expect(resultText((await kernel.execute('"alive"')).outputs)).toBe("'alive'");
  });

  it('nothing when nothing runs', async () => {
    await kernel.request(kernel.control, 'interrupt_request', {});
    expect(resultText((await kernel.execute('let z = 0; for (let i = 0; i < 5; i++) z++; z')).outputs)).toBe(
      '5',
    );
  });
});

describe('input', () => {
  it('waits for the answer in the middle of a cell', async () => {
    const running = kernel.execute('const nick = prompt("name? "); "hi " + nick', { allow_stdin: true });
    const request = await kernel.receive(kernel.stdin);
    expect(request.header.msg_type).toBe('input_request');
    expect(request.content).toEqual({ prompt: 'name? ', password: false });
    await kernel.send(kernel.stdin, 'input_reply', { status: 'ok', value: 'Ada' });
    expect(resultText((await running).outputs)).toBe("'hi Ada'");
  });

  it('fails at once where the front end has none', async () => {
    expect((await kernel.execute('prompt("x")')).reply).toMatchObject({ ename: 'StdinNotImplementedError' });
  });
});

describe('bad messages', () => {
  it('are dropped and hurt nobody', async () => {
    const random = (n: number): Buffer =>
      Buffer.from(Array.from({ length: n }, (_, i) => (i * 37 + n * 11) % 256));
    for (let i = 0; i < 500; i++)
      await kernel.shell.send(
        Array.from({ length: i % 8 }, (_, k) => random((i * k) % 50)).concat(random(3)),
      );
    const unsigned = kernel.wire.encode({
      identities: [],
      header: kernel.wire.header('execute_request'),
      parent: {},
      metadata: {},
      content: { code: 'globalThis.hacked = true' },
      buffers: [],
    });
    unsigned[1] = Buffer.from('0'.repeat(64));
    await kernel.shell.send(unsigned);
    expect(resultText((await kernel.execute('Reflect.get(globalThis, "hacked")')).outputs)).toBeUndefined();
    expect(kernel.log).toContain('wrong signature');
  });
});

describe('display', () => {
  it('shows its value once, also where a cell ends on it', async () => {
    for (const code of [
      'display("once")',
      'import { display as d } from "@fovea/kernel/notebook"; d("once")',
    ]) {
      const { outputs } = await kernel.execute(code);
      expect(outputs.map(({ header }) => header.msg_type)).toEqual(['execute_input', 'display_data']);
    }
  });
});

describe('a display', () => {
  it('that takes time to make is not shown after what replaces it', async () => {
    const { outputs } = await kernel.execute(
      'const slowly = { [Symbol.for("Jupyter.display")]: async () => { await new Promise((r) => setTimeout(r, 50)); return { "text/plain": "slow" } } };' +
        'display(slowly, { id: "ordered" }).update("quick");',
    );
    expect(outputs.slice(1).map(({ header, content }) => [header.msg_type, content.data])).toEqual([
      ['display_data', { 'text/plain': 'slow' }],
      ['update_display_data', { 'text/plain': "'quick'" }],
    ]);
  });
});

describe('the user’s own modules', () => {
  beforeAll(() => writeFileSync(join(kernel.folder, 'package.json'), '{ "type": "module" }'));

  it('stop at an interrupt even in a loop that goes on behind an await', async () => {
    const file = join(kernel.folder, 'forever.ts');
    writeFileSync(
      file,
      `export let turns: number = 0;
export async function forever(): Promise<never> { for (;;) { turns++; await new Promise((r) => setTimeout(r, 5)) } }
export async function spin(): Promise<never> { await null; for (;;) turns++ }`,
    );
    await kernel.execute(`import { forever, spin, turns } from ${JSON.stringify(file)}`);
    expect((await interrupted('console.log("go7"); await forever()')).reply).toMatchObject({
      ename: 'KeyboardInterrupt',
    });
    const before = resultText((await kernel.execute('turns')).outputs);
    await sleep(100);
    expect(resultText((await kernel.execute('turns')).outputs)).toBe(before);
    expect((await interrupted('await null; console.log("go8"); await spin()')).reply).toMatchObject({
      ename: 'KeyboardInterrupt',
    });
  });

  it('are loaded anew with their dependents when they change', async () => {
    const [inner, outer] = [join(kernel.folder, 'inner.ts'), join(kernel.folder, 'outer.ts')];
    writeFileSync(inner, 'export const version: number = 1;');
    writeFileSync(outer, 'import { version } from "./inner.ts"; export const twice = () => version * 2;');
    await kernel.execute(`%autoreload 2\nimport { twice } from ${JSON.stringify(outer)}`);
    expect(resultText((await kernel.execute('twice()')).outputs)).toBe('2');
    await sleep(20);
    writeFileSync(inner, 'export const version: number = 5;');
    expect(resultText((await kernel.execute('twice()')).outputs)).toBe('10');
    await kernel.execute('%autoreload 0');
  });
});

describe('magics', () => {
  it('time a cell, list names, report memory', async () => {
    expect(streamText((await kernel.execute('%time\nlet timed = 1')).outputs)).toMatch(
      /^Wall time: [\d.]+ ms\n$/,
    );
    expect(streamText((await kernel.execute('%who')).outputs)).toContain('timed');
    expect(streamText((await kernel.execute('%mem')).outputs)).toMatch(/^process [\d.]+ MiB/);
    expect((await kernel.execute('%nonsense')).reply.status).toBe('error');
  });

  it('%seed fixes Math.random and leaves the draws of keys as they are', async () => {
    await kernel.execute("import { key, normalArray } from '@fovea/random'");
    const draws = 'JSON.stringify([Math.random(), Math.random(), [...normalArray(key(3), 2)]])';
    const drawn = async (seed: number): Promise<[number, number, number[]]> => {
      const { outputs } = await kernel.execute(`%seed ${seed}\nconsole.log(${draws})`);
      const [told = '', json = ''] = streamText(outputs).trim().split('\n');
      expect(told).toBe(`Math.random starts from seed ${seed}.`);
      return JSON.parse(json) as [number, number, number[]];
    };
    const [first, again, other] = [await drawn(7), await drawn(7), await drawn(8)];
    expect(again).toEqual(first);
    expect(other.slice(0, 2)).not.toEqual(first.slice(0, 2));
    expect(other[2]).toEqual(first[2]);
    expect((await kernel.execute('%seed x')).reply.status).toBe('error');
  });

  it('tell which cells are stale', async () => {
    await kernel.execute('let base7 = 1');
    await kernel.execute('let derived7 = base7 + 1');
    expect(streamText((await kernel.execute('%cells')).outputs)).not.toContain('base7');
    await kernel.execute('let base7 = 10');
    expect(streamText((await kernel.execute('%cells')).outputs)).toContain('base7');
  });
});

it('knows Node’s types in a folder that has no packages', async () => {
  const lonely = await KernelClient.start();
  try {
    const { reply } = await lonely.execute(
      'console.log(process.version); import { readFileSync } from "node:fs"',
    );
    expect(reply.status).toBe('ok');
    expect((await lonely.execute('const n: number = "text"')).reply).toMatchObject({
      ename: 'TypeScriptError',
    });
  } finally {
    await lonely.stop();
  }
}, 30_000);

describe('the variables panel', () => {
  it('lists names with types and shows one of them in full', async () => {
    await kernel.execute('const panelled = new Map([["k", 1]])');
    const ask = (command: string, content: object) =>
      kernel.request(kernel.control, 'debug_request', {
        seq: 1,
        type: 'request',
        command,
        arguments: content,
      });
    const listed = (await ask('inspectVariables', {})) as { body: { variables: { name: string }[] } };
    expect(listed.body.variables.find(({ name }) => name === 'panelled')).toMatchObject({
      type: 'Map(1)',
      value: "Map(1) { 'k' => 1 }",
    });
    expect(await ask('richInspectVariables', { variableName: 'panelled' })).toMatchObject({
      success: true,
      body: { data: { 'text/plain': "Map(1) { 'k' => 1 }" } },
    });
    expect(await ask('setBreakpoints', {})).toMatchObject({ success: false });
  });
});

describe('comms', () => {
  it('carry binary buffers both ways', async () => {
    await kernel.execute(
      'const { comms } = await import("@fovea/kernel/notebook"); comms().register("echo", (comm) => { comm.onMessage = ({ data, buffers }) => comm.send({ got: data.n }, { buffers: buffers.map((b) => b.map((x) => x * 2)) }) })',
    );
    await kernel.send(kernel.shell, 'comm_open', { comm_id: 'c1', target_name: 'echo', data: {} });
    const id = await kernel.send(kernel.shell, 'comm_msg', { comm_id: 'c1', data: { n: 7 } }, [
      Uint8Array.of(1, 2),
    ]);
    const outputs = await kernel.outputsOf(id);
    const reply = outputs.find(({ header }) => header.msg_type === 'comm_msg');
    expect(reply?.content.data).toEqual({ got: 7 });
    expect([...(reply?.buffers[0] ?? [])]).toEqual([2, 4]);
    expect(await kernel.request(kernel.shell, 'comm_info_request', {})).toMatchObject({
      comms: { c1: { target_name: 'echo' } },
    });
  });

  it('of unknown targets are closed', async () => {
    const id = await kernel.send(kernel.shell, 'comm_open', {
      comm_id: 'c2',
      target_name: 'nobody',
      data: {},
    });
    const outputs = await kernel.outputsOf(id);
    expect(outputs.map(({ header }) => header.msg_type)).toContain('comm_close');
  });
});
