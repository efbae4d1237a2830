import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Message } from '../gateway/wire.ts';
import { KernelClient, resultText, streamText } from './kernel-client.ts';

/** What a client may ask of any kernel, from the least it needs to what few kernels have. */
let kernel: KernelClient;
beforeAll(async () => {
  kernel = await KernelClient.start();
  await kernel.execute('0');
}, 60_000);
afterAll(() => kernel.stop());

const types = (messages: readonly Message[]): string[] => messages.map(({ header }) => header.msg_type);
const ask = (type: string, content: object = {}) => kernel.request(kernel.shell, type, content);

/** Everything on iopub that belongs to a cell, status included. */
async function published(code: string): Promise<Message[]> {
  const { outputs } = await kernel.execute(code);
  const id = outputs[0]?.parent.msg_id;
  return kernel.published.filter(({ parent }) => parent.msg_id === id);
}

describe('the basis', () => {
  it('a heartbeat comes back as it went', async () => {
    await kernel.heartbeat.send(['ping', Buffer.of(0, 255)]);
    expect((await kernel.heartbeat.receive()).map((part) => [...part])).toEqual([
      [...Buffer.from('ping')],
      [0, 255],
    ]);
  });

  it('kernel_info has every field', async () => {
    expect(await ask('kernel_info_request')).toMatchObject({
      status: 'ok',
      protocol_version: expect.stringMatching(/^5\.\d$/) as string,
      implementation: 'fovea',
      implementation_version: expect.any(String) as string,
      banner: expect.any(String) as string,
      language_info: { name: 'typescript', file_extension: '.ts', mimetype: expect.any(String) as string },
    });
  });

  it('kernel_info is answered on control too', async () => {
    expect(await kernel.request(kernel.control, 'kernel_info_request', {})).toMatchObject({ status: 'ok' });
  });

  it('a cell prints to stdout and to stderr', async () => {
    const { outputs } = await kernel.execute('console.log("to out"); console.error("to err")');
    expect([streamText(outputs), streamText(outputs, 'stderr')]).toEqual(['to out\n', 'to err\n']);
  });

  it('a cell’s life is busy, input, outputs, idle', async () => {
    const all = await published('console.log(1); 2');
    expect(all.map(({ header, content }) => content.execution_state ?? header.msg_type)).toEqual([
      'busy',
      'execute_input',
      'stream',
      'execute_result',
      'idle',
    ]);
  });

  it('every message names the request that caused it, and the kernel’s own session', async () => {
    const all = await published('display("x"); 1');
    expect(new Set(all.map(({ parent }) => parent.msg_type))).toEqual(new Set(['execute_request']));
    const sessions = new Set(all.map(({ header }) => header.session));
    expect(sessions.size).toBe(1);
    expect(sessions.has(all[0]?.parent.session ?? '')).toBe(false);
    expect(new Set(all.map(({ header }) => header.msg_id)).size).toBe(all.length);
  });
});

describe('the execution of cells', () => {
  it('counts up, and the input and the result have the same count', async () => {
    const [first, second] = [await kernel.execute('1'), await kernel.execute('2')];
    expect(second.reply.execution_count).toBe(Number(first.reply.execution_count) + 1);
    const counts = second.outputs.map(({ content }) => content.execution_count);
    expect(new Set(counts)).toEqual(new Set([second.reply.execution_count]));
  });

  it('the input is broadcast as it was sent', async () => {
    const code = ' let ä = "😀" // \n\n';
    const { outputs } = await kernel.execute(code);
    expect(outputs[0]?.content.code).toBe(code);
  });

  it('without history there is no count of its own', async () => {
    const before = (await kernel.execute('1')).reply.execution_count;
    const hidden = await kernel.execute('2', { store_history: false });
    expect(hidden.reply.execution_count).toBe(before);
  });

  it('state outlives a cell', async () => {
    await kernel.execute('let bed = 40');
    expect(resultText((await kernel.execute('bed + 2')).outputs)).toBe('42');
  });

  it('an error has a name, a value and a traceback, in the reply and on iopub', async () => {
    const { reply, outputs } = await kernel.execute('throw new TypeError("no")');
    const error = { ename: 'TypeError', evalue: 'no' };
    expect(reply).toMatchObject({ status: 'error', ...error });
    expect(types(outputs)).toEqual(['execute_input', 'error']);
    expect(outputs[1]?.content).toMatchObject(error);
    expect(reply.traceback).toEqual(outputs[1]?.content.traceback);
  });

  it('the kernel goes on after an error', async () => {
    expect(resultText((await kernel.execute('"still here"')).outputs)).toBe("'still here'");
  });

  it('an empty cell is fine', async () => {
    for (const code of ['', '  \n', '// nothing']) {
      const { reply, outputs } = await kernel.execute(code);
      expect(reply.status).toBe('ok');
      expect(types(outputs)).toEqual(['execute_input']);
    }
  });
});

describe('displays', () => {
  it('a result is a bundle with a text', async () => {
    const { outputs } = await kernel.execute(
      '({ [Symbol.for("Jupyter.display")]: () => ({ "text/html": "<b>1</b>", "text/plain": "1" }) })',
    );
    expect(outputs[1]?.content).toMatchObject({
      data: { 'text/html': '<b>1</b>', 'text/plain': '1' },
      metadata: {},
    });
  });

  it('display_data is sent without a result', async () => {
    expect(types((await kernel.execute('display("shown");')).outputs)).toEqual([
      'execute_input',
      'display_data',
    ]);
  });

  it('a display is updated in place', async () => {
    const { outputs } = await kernel.execute('display(1, { id: "bed" }).update(2);');
    expect(types(outputs)).toEqual(['execute_input', 'display_data', 'update_display_data']);
    expect(outputs.slice(1).map(({ content }) => content.transient)).toEqual([
      { display_id: 'bed' },
      { display_id: 'bed' },
    ]);
  });

  it('transient and metadata are objects, always', async () => {
    const { outputs } = await kernel.execute('display("y");');
    expect(outputs[1]?.content).toMatchObject({ transient: {}, metadata: {} });
  });

  it('an output can be cleared, now or with the next', async () => {
    const { outputs } = await kernel.execute('clearOutput(); clearOutput({ wait: true });');
    expect(outputs.slice(1).map(({ header, content }) => [header.msg_type, content.wait])).toEqual([
      ['clear_output', false],
      ['clear_output', true],
    ]);
  });
});

describe('help for who writes', () => {
  it('completes, with the place that is replaced in code points', async () => {
    const code = '"😀"; Number.MAX_S';
    const cursor = Array.from(code).length;
    const reply = await ask('complete_request', { code, cursor_pos: cursor });
    expect(reply).toMatchObject({ status: 'ok', matches: ['MAX_SAFE_INTEGER'], cursor_end: cursor });
    expect(reply.cursor_start).toBe(cursor - 'MAX_S'.length);
  });

  it('inspects, and says where it knows nothing', async () => {
    const known = await ask('inspect_request', { code: 'console', cursor_pos: 7, detail_level: 0 });
    expect(known).toMatchObject({ status: 'ok', found: true });
    expect(await ask('inspect_request', { code: '  ', cursor_pos: 1, detail_level: 0 })).toMatchObject({
      found: false,
      data: {},
    });
  });

  it('knows complete, incomplete and invalid code', async () => {
    const of = async (code: string) => (await ask('is_complete_request', { code })).status;
    expect([await of('1'), await of('function f() {'), await of(') + 1')]).toEqual([
      'complete',
      'incomplete',
      'invalid',
    ]);
  });

  it('remembers what ran', async () => {
    await kernel.execute('"remember me"');
    const { history } = await ask('history_request', {
      hist_access_type: 'tail',
      n: 1,
      raw: true,
      output: false,
    });
    expect((history as unknown[][])[0]?.[2]).toBe('"remember me"');
  });
});

describe('what few clients ask', () => {
  it('lists comms, and closes one of an unknown target', async () => {
    expect(await ask('comm_info_request')).toMatchObject({ status: 'ok', comms: {} });
    const id = await kernel.send(kernel.shell, 'comm_open', {
      comm_id: 'bed',
      target_name: 'none',
      data: {},
    });
    const outputs = await kernel.outputsOf(id);
    expect(outputs.map(({ header, content }) => [header.msg_type, content.comm_id])).toEqual([
      ['comm_close', 'bed'],
    ]);
  });

  it('asks for input on the stdin of the client whose cell runs', async () => {
    const running = kernel.execute('prompt("who? ")', { allow_stdin: true });
    const request = await kernel.receive(kernel.stdin);
    expect([request.header.msg_type, request.parent.msg_type]).toEqual(['input_request', 'execute_request']);
    await kernel.send(kernel.stdin, 'input_reply', { status: 'ok', value: 'me' });
    expect(resultText((await running).outputs)).toBe("'me'");
  });

  it('answers an interrupt though nothing runs', async () => {
    expect(await kernel.request(kernel.control, 'interrupt_request', {})).toMatchObject({ status: 'ok' });
  });

  it('survives a request that it does not know', async () => {
    await kernel.send(kernel.shell, 'no_such_request', {});
    expect(resultText((await kernel.execute('"here"')).outputs)).toBe("'here'");
  });

  it('welcomes a subscriber', () => {
    const welcome = kernel.published.find(({ header }) => header.msg_type === 'iopub_welcome');
    expect(welcome?.content).toEqual({ subscription: '' });
  });

  it('answers a shutdown and ends', async () => {
    const other = await KernelClient.start();
    const ended = new Promise((resolve) => other.process.once('exit', resolve));
    expect(await other.request(other.control, 'shutdown_request', { restart: true })).toMatchObject({
      status: 'ok',
      restart: true,
    });
    await ended;
    await other.stop();
  }, 30_000);
});
