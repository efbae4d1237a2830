import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { KernelClient, resultText, streamText, type Executed } from '../testing/kernel-client.ts';
import { murmur2 } from './murmur2.ts';

interface Frame {
  readonly id: number;
  readonly name: string;
  readonly line: number;
  readonly source: { readonly path: string };
}

interface Variable {
  readonly name: string;
  readonly value: string;
  readonly type: string;
  readonly variablesReference: number;
}

type Body = Record<string, unknown>;

let kernel: KernelClient;
let seq = 0;
let seen = 0;

beforeAll(async () => {
  kernel = await KernelClient.start({}, fileURLToPath(new URL('../..', import.meta.url)));
  await kernel.execute('0');
}, 60_000);
afterAll(() => kernel.stop());

async function debug(command: string, content: object = {}): Promise<Body> {
  const request = { seq: ++seq, type: 'request', command, arguments: content };
  const reply = await kernel.request(kernel.control, 'debug_request', request);
  if (reply.success !== true) throw new Error(String(reply.message));
  return reply.body as Body;
}

/** Sets breakpoints in a cell, as JupyterLab does: by the cell's text. */
async function breakAt(code: string, ...lines: number[]): Promise<{ line: number }[]> {
  const { sourcePath } = await debug('dumpCell', { code });
  const source = { path: sourcePath };
  const { breakpoints } = await debug('setBreakpoints', {
    source,
    breakpoints: lines.map((line) => ({ line })),
  });
  return breakpoints as { line: number }[];
}

/** The next event of a kind that was not seen yet. */
async function event(name: string): Promise<Body> {
  const find = (): number =>
    kernel.published.findIndex(
      ({ header, content }, i) => i >= seen && header.msg_type === 'debug_event' && content.event === name,
    );
  await kernel.until(() => find() >= 0);
  const at = find();
  seen = at + 1;
  return kernel.published[at]?.content.body as Body;
}

async function frames(): Promise<Frame[]> {
  return (await debug('stackTrace', { threadId: 1 })).stackFrames as Frame[];
}

async function variables(scopeName: string, frame = 0): Promise<Record<string, string>> {
  const { scopes } = await debug('scopes', { frameId: (await frames())[frame]?.id });
  const scope = (scopes as { name: string; variablesReference: number }[]).find(
    ({ name }) => name === scopeName,
  );
  const { variables: list } = await debug('variables', { variablesReference: scope?.variablesReference });
  return Object.fromEntries((list as Variable[]).map(({ name, value }) => [name, value]));
}

const line = async (): Promise<number | undefined> => (await frames())[0]?.line;

describe('cells that are named by their hash', () => {
  it('get the hash that front ends compute', () => {
    // Computed by a second implementation of MurmurHash2, in another language.
    expect(murmur2('', 1)).toBe(1540447798);
    expect(murmur2('abc', 0)).toBe(324500635);
    expect(murmur2('const größe = 1;\n', 0x5eed)).toBe(4034157547);
  });
});

describe('without a debugger', () => {
  it('variables are listed, opened and shown in full', async () => {
    await kernel.execute(
      'const scores = new Map([["bam", [1, 2]]]); const long = Float32Array.from({ length: 1000 }, (_, i) => i); const nothing = null;',
    );
    const { variables: all } = (await debug('inspectVariables')) as { variables: Variable[] };
    const named = (name: string): Variable | undefined => all.find((one) => one.name === name);
    expect(named('scores')).toMatchObject({ type: 'Map(1)', value: "Map(1) { 'bam' => [ 1, 2 ] }" });
    expect(named('nothing')).toMatchObject({ value: 'null', variablesReference: 0 });
    const inside = await debug('variables', { variablesReference: named('scores')?.variablesReference });
    expect(inside.variables).toMatchObject([{ name: "'bam'", value: '[ 1, 2 ]', type: 'Array(2)' }]);
    const ranges = await debug('variables', { variablesReference: named('long')?.variablesReference });
    expect((ranges.variables as Variable[])[9]).toMatchObject({ name: '900 … 999', value: '100 values' });
    const [range] = ranges.variables as Variable[];
    const values = await debug('variables', { variablesReference: range?.variablesReference });
    expect((values.variables as Variable[])[99]).toMatchObject({ name: '99', value: '99' });
    expect(await debug('richInspectVariables', { variableName: 'scores' })).toMatchObject({
      data: { 'text/plain': "Map(1) { 'bam' => [ 1, 2 ] }" },
    });
  });

  it('tensors and data frames say what they are and open to their parts', async () => {
    const cell =
      'const tensorLike = { shape: [2, 2], dtype: "float32", size: 4, dataSync: () => Float32Array.of(1, 2, 3, 4) };' +
      'class DataFrame { columns = ["a", "b"]; index = [0, 1]; dtypes = ["int32", "string"]; shape = [2, 2]; values = [[1, "x"], [2, "y"]] }' +
      'const table = new DataFrame();';
    await kernel.execute(cell);
    const { variables: all } = (await debug('inspectVariables')) as { variables: Variable[] };
    const tensor = all.find(({ name }) => name === 'tensorLike');
    expect(tensor).toMatchObject({ type: 'Tensor float32 [2, 2]', value: '[2, 2]' });
    const parts = await debug('variables', { variablesReference: tensor?.variablesReference });
    expect((parts.variables as Variable[]).map(({ name }) => name)).toEqual([
      'dtype',
      'shape',
      'size',
      'values',
    ]);
    const table = all.find(({ name }) => name === 'table');
    expect(table).toMatchObject({ type: 'DataFrame 2 × 2', value: '2 rows × 2 columns: a, b' });
    const columns = await debug('variables', { variablesReference: table?.variablesReference });
    expect(columns.variables).toMatchObject([{ name: 'a', value: '[ 1, 2 ]' }, { name: 'b' }]);
    const { data } = (await debug('richInspectVariables', { variableName: 'table' })) as { data: Body };
    expect(data['text/html']).toContain('<table');
    await expect(debug('stackTrace')).rejects.toThrow('no debugger is attached');
  });
});

describe('a debugger', { timeout: 30_000 }, () => {
  let running: Promise<Executed>;

  beforeAll(async () => {
    expect(await debug('debugInfo')).toMatchObject({ isStarted: false, hashMethod: 'Murmur2' });
    await debug('initialize', { clientID: 'test' });
    await debug('attach');
    expect(await debug('debugInfo')).toMatchObject({ isStarted: true });
  });
  beforeEach(() => {
    seen = kernel.published.length;
  });

  it('stops at a breakpoint of a cell, shows its variables and goes on', async () => {
    const code = 'const base: number = 20;\nlet total = base + 1;\ntotal *= 2;\ntotal';
    expect(await breakAt(code, 3)).toMatchObject([{ line: 3 }]);
    running = kernel.execute(code);
    expect(await event('stopped')).toMatchObject({ reason: 'breakpoint', threadId: 1 });
    const stack = await frames();
    expect(stack).toHaveLength(1);
    expect(stack[0]).toMatchObject({ line: 3 });
    expect(stack[0]?.name).toMatch(/^Cell \[\d+\]$/);
    expect(stack[0]?.source.path).toBe((await debug('dumpCell', { code })).sourcePath);
    expect(await variables('Locals')).toMatchObject({ base: '20', total: '21' });
    expect(await debug('debugInfo')).toMatchObject({ stoppedThreads: [1] });
    await debug('continue', { threadId: 1 });
    expect(resultText((await running).outputs)).toBe('42');
    await breakAt(code);
  });

  it('steps over, into and out of functions of earlier cells', async () => {
    const library = 'function half(x: number) {\n  const result = x / 2;\n  return result;\n}';
    await kernel.execute(library);
    const code = 'let value = 8;\nvalue = half(value);\nvalue = half(value) + 1;\nvalue';
    await breakAt(code, 1);
    running = kernel.execute(code);
    await event('stopped');
    expect(await line()).toBe(1);
    await debug('next', { threadId: 1 });
    expect(await event('stopped')).toMatchObject({ reason: 'step' });
    expect(await line()).toBe(2);
    await debug('next', { threadId: 1 });
    await event('stopped');
    expect(await line()).toBe(3);
    await debug('stepIn', { threadId: 1 });
    await event('stopped');
    const stack = await frames();
    expect(stack.map(({ name }) => name.replace(/\d+/, 'N'))).toEqual(['half', 'Cell [N]']);
    expect(stack[0]).toMatchObject({
      line: 2,
      source: { path: (await debug('dumpCell', { code: library })).sourcePath },
    });
    expect(await variables('Locals')).toMatchObject({ x: '4' });
    await debug('stepOut', { threadId: 1 });
    await event('stopped');
    // The rest of line 3 has run: it has no further place to stop at.
    expect(await line()).toBe(4);
    await debug('continue', { threadId: 1 });
    expect(resultText((await running).outputs)).toBe('3');
    await breakAt(code);
  });

  it('sets breakpoints in cells that ran before, and shows closures and globals with their live values', async () => {
    const code =
      'let calls = 0;\nfunction counter(step: number) {\n  let inner = step;\n  return () => {\n    inner += step;\n    calls++;\n    return inner;\n  };\n}\nconst count = counter(5);';
    await kernel.execute(code);
    await breakAt(code, 6);
    running = kernel.execute('count()');
    await event('stopped');
    expect(await line()).toBe(6);
    expect(await variables('Closure')).toMatchObject({ inner: '10', step: '5' });
    expect(await variables('Globals')).toMatchObject({ calls: '0', count: '[Function (anonymous)]' });
    await debug('continue', { threadId: 1 });
    expect(resultText((await running).outputs)).toBe('10');
    await breakAt(code);
  });

  it('evaluates in a frame, also assignments to names of cells', async () => {
    await kernel.execute('let factor = 3; const fixed = 1;');
    const code = 'function scale(x: number) {\n  const y = x * factor;\n  return y;\n}\nscale(7)';
    await breakAt(code, 3);
    running = kernel.execute(code);
    await event('stopped');
    const [top] = await frames();
    const evaluate = (expression: string): Promise<Body> =>
      debug('evaluate', { expression, frameId: top?.id });
    expect(await evaluate('x + y + factor')).toMatchObject({ result: '31' });
    expect(await evaluate('[x, { factor }].length')).toMatchObject({ result: '2' });
    expect(await evaluate('factor = 10')).toMatchObject({ result: '10' });
    await expect(evaluate('fixed = 2')).rejects.toThrow('Assignment to constant variable');
    await expect(evaluate('nowhere')).rejects.toThrow('nowhere is not defined');
    await expect(evaluate('1 +')).rejects.toThrow('Unexpected token');
    expect(await debug('richInspectVariables', { variableName: 'y', frameId: top?.id })).toMatchObject({
      data: { 'text/plain': '21' },
    });
    await debug('copyToGlobals', { srcVariableName: 'y', dstVariableName: 'kept', srcFrameId: top?.id });
    await debug('continue', { threadId: 1 });
    await running;
    expect(resultText((await kernel.execute('[factor, kept]')).outputs)).toBe('[ 10, 21 ]');
    await breakAt(code);
  });

  it('stops in loops and after an await, once each turn', async () => {
    const code = 'let sum = 0;\nfor (let i = 0; i < 3; i++) {\n  await null;\n  sum += i;\n}\nsum';
    await breakAt(code, 4);
    running = kernel.execute(code);
    for (let i = 0; i < 3; i++) {
      await event('stopped');
      expect(await variables('Locals')).toMatchObject({ i: String(i) });
      await debug('continue', { threadId: 1 });
    }
    expect(resultText((await running).outputs)).toBe('3');
    await breakAt(code);
  });

  /** Breakpoints that stop not always, or not at all. */
  async function breakWhen(code: string, ...breakpoints: object[]): Promise<void> {
    const { sourcePath } = await debug('dumpCell', { code });
    await debug('setBreakpoints', { source: { path: sourcePath }, breakpoints });
  }

  it('stops where a condition on names of cells and of the frame holds', async () => {
    expect(await debug('initialize', { clientID: 'test' })).toMatchObject({
      supportsConditionalBreakpoints: true,
      supportsHitConditionalBreakpoints: true,
      supportsLogPoints: true,
      supportsSetVariable: true,
    });
    await kernel.execute('let wantedTurn = 2;');
    const code = 'let turns = 0;\nfor (let turn = 0; turn < 5; turn++) {\n  turns += wantedTurn;\n}\nturns';
    await breakWhen(code, { line: 3, condition: 'turn === wantedTurn && turns > 0' });
    expect(await debug('debugInfo')).toMatchObject({
      breakpoints: [{ breakpoints: [{ line: 3, condition: 'turn === wantedTurn && turns > 0' }] }],
    });
    running = kernel.execute(code);
    await event('stopped');
    expect(await variables('Locals')).toMatchObject({ turn: '2', turns: '4' });
    await debug('continue', { threadId: 1 });
    expect(resultText((await running).outputs)).toBe('10');
    await breakAt(code);
  });

  it('stops at a condition that fails, and says why', async () => {
    const code = 'const first = 1;\nfirst + 1';
    await breakWhen(code, { line: 2, condition: 'missing.name' });
    running = kernel.execute(code);
    await event('stopped');
    const said = kernel.published.filter(({ content }) => content.event === 'output');
    expect(said.at(-1)?.content.body).toMatchObject({
      output: 'The condition missing.name fails: ReferenceError: missing is not defined\n',
      line: 2,
    });
    await debug('continue', { threadId: 1 });
    await running;
    await breakAt(code);
  });

  it.each([
    ['3', ['3']],
    ['>= 3', ['3', '4']],
    ['% 2', ['2', '4']],
  ])('stops at hits %j', async (hitCondition, turns) => {
    const code = `// ${hitCondition}\nlet hits = 0;\nfor (let turn = 1; turn <= 4; turn++) {\n  hits++;\n}\nhits`;
    await breakWhen(code, { line: 4, hitCondition });
    running = kernel.execute(code);
    for (const turn of turns) {
      await event('stopped');
      expect(await variables('Locals')).toMatchObject({ turn });
      await debug('continue', { threadId: 1 });
    }
    expect(resultText((await running).outputs)).toBe('4');
    await breakAt(code);
  });

  it('does not stop at log points, which say what they are asked for', async () => {
    const code = 'let logged = "";\nfor (const letter of ["a", "b"]) {\n  logged += letter;\n}\nlogged';
    await breakWhen(code, { line: 3, logMessage: 'letter {letter}, so far {logged.length} {absent}' });
    expect(resultText((await kernel.execute(code)).outputs)).toBe("'ab'");
    const said = kernel.published.slice(seen).filter(({ content }) => content.event === 'output');
    const missing = '(ReferenceError: absent is not defined)';
    expect(said.map(({ content }) => (content.body as Body).output)).toEqual([
      `letter 'a', so far 0 ${missing}\n`,
      `letter 'b', so far 1 ${missing}\n`,
    ]);
    expect(kernel.published.slice(seen).map(({ content }) => content.event)).not.toContain('stopped');
    await breakAt(code);
  });

  it('changes variables of frames and of cells, and parts of values', async () => {
    await kernel.execute('let shared = 1; const settled = 1;');
    const code =
      'function change(x: number) {\n  const list = [1, 2];\n  return [x, shared, list];\n}\nchange(1)';
    await breakAt(code, 3);
    running = kernel.execute(code);
    await event('stopped');
    const [top] = await frames();
    const { scopes } = (await debug('scopes', { frameId: top?.id })) as {
      scopes: { name: string; variablesReference: number }[];
    };
    const reference = (name: string): number | undefined =>
      scopes.find((scope) => scope.name === name)?.variablesReference;
    const set = (variablesReference: number | undefined, name: string, value: string): Promise<Body> =>
      debug('setVariable', { variablesReference, name, value });
    expect(await set(reference('Locals'), 'x', 'shared + 40')).toMatchObject({ value: '41' });
    expect(await set(reference('Globals'), 'shared', '[x]')).toMatchObject({ value: '[ 41 ]' });
    await expect(set(reference('Globals'), 'settled', '2')).rejects.toThrow('constant');
    const { variables: locals } = await debug('variables', { variablesReference: reference('Locals') });
    const list = (locals as Variable[]).find(({ name }) => name === 'list')?.variablesReference;
    expect(await set(list, '1', 'x * 2')).toMatchObject({ value: '82' });
    await expect(set(list, 'length', '-1')).rejects.toThrow();
    expect(
      await debug('setExpression', { expression: 'list[0]', value: '0', frameId: top?.id }),
    ).toMatchObject({ value: '0' });
    await debug('continue', { threadId: 1 });
    expect(resultText((await running).outputs)).toBe('[ 41, [ 41 ], [ 0, 82 ] ]');
    await breakAt(code);
  });

  it('moves a breakpoint from a line without code to the next one', async () => {
    const code =
      'interface Shape {\n  side: number;\n}\n// nothing here\nconst shape: Shape = { side: 2 };\nshape.side';
    await kernel.execute(code);
    expect(await breakAt(code, 2)).toMatchObject([{ line: 5 }]);
    await breakAt(code);
  });

  it('stops at exceptions that nobody catches, or at all', async () => {
    const code =
      'try {\n  throw new Error("caught");\n} catch {}\nfunction fail(): never {\n  throw new TypeError("free");\n}\nfail()';
    await debug('setExceptionBreakpoints', { filters: ['uncaught'] });
    running = kernel.execute(code);
    expect(await event('stopped')).toMatchObject({
      reason: 'exception',
      text: expect.stringContaining('free') as string,
    });
    expect(await line()).toBe(5);
    await debug('continue', { threadId: 1 });
    expect((await running).reply).toMatchObject({ ename: 'TypeError' });
    await debug('setExceptionBreakpoints', { filters: ['all'] });
    running = kernel.execute(code);
    await event('stopped');
    expect(await line()).toBe(2);
    await debug('setExceptionBreakpoints', { filters: [] });
    await debug('continue', { threadId: 1 });
    expect((await running).reply).toMatchObject({ ename: 'TypeError' });
  });

  it('stops in a workspace source and lists it', async () => {
    const file = join(kernel.folder, 'library.ts');
    writeFileSync(
      file,
      'interface Pair { a: number; b: number }\n\nexport function add({ a, b }: Pair): number {\n  const sum = a + b;\n  return sum;\n}\n',
    );
    await kernel.execute(`import { add } from ${JSON.stringify(file)};`);
    const set = await debug('setBreakpoints', {
      source: { path: file },
      breakpoints: [{ line: 2 }, { line: 4 }],
    });
    expect(set.breakpoints).toMatchObject([{ line: 4 }, { line: 4 }]);
    running = kernel.execute('add({ a: 1, b: 2 })');
    await event('stopped');
    expect((await frames())[0]).toMatchObject({ name: 'add', line: 4, source: { path: file } });
    expect(await variables('Locals')).toMatchObject({ a: '1', b: '2' });
    await debug('next', { threadId: 1 });
    await event('stopped');
    expect(await line()).toBe(5);
    expect(await debug('source', { source: { path: file } })).toMatchObject({
      content: expect.stringContaining('Pair') as string,
    });
    expect((await debug('modules')).modules).toContainEqual(
      expect.objectContaining({ name: 'library.ts', path: file }),
    );
    await debug('continue', { threadId: 1 });
    expect(resultText((await running).outputs)).toBe('3');
    await debug('setBreakpoints', { source: { path: file }, breakpoints: [] });
  });

  it('answers while the thread is paused, and an interrupt ends the pause and the cell', async () => {
    const code = 'let spins = 0;\nwhile (true) {\n  spins++;\n}';
    await breakAt(code, 3);
    running = kernel.execute(code);
    await event('stopped');
    expect(await kernel.request(kernel.control, 'kernel_info_request', {})).toMatchObject({ status: 'ok' });
    const { variables: all } = (await debug('inspectVariables')) as { variables: Variable[] };
    expect(all.map(({ name }) => name)).toContain('spins');
    await kernel.request(kernel.control, 'interrupt_request', {});
    expect((await running).reply).toMatchObject({ ename: 'KeyboardInterrupt' });
    // Breakpoints count again in the next cell.
    running = kernel.execute(code);
    await event('stopped');
    await breakAt(code);
    await kernel.request(kernel.control, 'interrupt_request', {});
    expect((await running).reply).toMatchObject({ ename: 'KeyboardInterrupt' });
  });

  it('leaves a healthy kernel behind, also while a cell is paused', async () => {
    const code = 'console.log("before");\nconsole.log("after");';
    await breakAt(code, 2);
    running = kernel.execute(code);
    await event('stopped');
    await debug('disconnect', { restart: false });
    expect(streamText((await running).outputs)).toBe('before\nafter\n');
    expect(await debug('debugInfo')).toMatchObject({ isStarted: false, breakpoints: [], stoppedThreads: [] });
    expect(resultText((await kernel.execute('6 * 7')).outputs)).toBe('42');
    await debug('attach');
    expect(await debug('debugInfo')).toMatchObject({ isStarted: true });
  });
});
