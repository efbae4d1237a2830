import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { KernelClient, resultText } from '../testing/kernel-client.ts';
import { History } from './history.ts';
import type { Message } from './wire.ts';

// A busy machine may take its time.
vi.setConfig({ testTimeout: 60_000 });

const packageFolder = fileURLToPath(new URL('../..', import.meta.url));

describe('history', () => {
  it('lasts across kernels, with outputs, and is searched by pattern', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'fovea-history-'));
    const FOVEA_HISTORY = join(folder, 'history.jsonl');
    const ask = (kernel: KernelClient, content: object): Promise<Record<string, unknown>> =>
      kernel.request(kernel.shell, 'history_request', { raw: true, output: false, ...content });
    try {
      const first = await KernelClient.start({ FOVEA_HISTORY });
      await first.execute('const first = 20;');
      await first.execute('first + 1');
      await first.execute('"not kept"', { store_history: false });
      await first.stop();
      const second = await KernelClient.start({ FOVEA_HISTORY });
      try {
        await second.execute('"second"');
        expect((await ask(second, { hist_access_type: 'tail', n: 10, output: true })).history).toEqual([
          [1, 1, ['const first = 20;', null]],
          [1, 2, ['first + 1', '21']],
          [2, 1, ['"second"', "'second'"]],
        ]);
        const before = await ask(second, { hist_access_type: 'range', session: -1, start: 2, stop: 3 });
        expect(before.history).toEqual([[1, 2, 'first + 1']]);
        const found = await ask(second, { hist_access_type: 'search', pattern: '*first*', n: 1 });
        expect(found.history).toEqual([[1, 2, 'first + 1']]);
      } finally {
        await second.stop();
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe('the history of kernels that run at the same time', () => {
  it('loses no line though they share a number', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'fovea-history-'));
    const file = join(folder, 'history.jsonl');
    const tail = (history: History): unknown => history.query({ hist_access_type: 'tail', n: 10 });
    try {
      const both = [new History(file), new History(file)];
      both.forEach(tail);
      both.forEach((history, i) => history.add(1, `"kernel ${i}"`));
      both[0]?.setOutput(1, 'out');
      appendFileSync(file, '{"session":1,"line":2,"inp');
      expect(tail(new History(file))).toEqual([
        [1, 1, '"kernel 0"'],
        [1, 1, '"kernel 1"'],
      ]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('is searched for the latest of each text, by shell patterns', () => {
    const history = new History(undefined);
    ['let a = 1', 'let b = 2', 'let a = 1', 'a[0] * 2'].forEach((input, i) => history.add(i + 1, input));
    const search = (pattern: string, more: object = {}): unknown =>
      history.query({ hist_access_type: 'search', pattern, ...more }).map((row) => (row as unknown[])[1]);
    expect(search('let ?*')).toEqual([1, 2, 3]);
    expect(search('let ?*', { unique: true })).toEqual([2, 3]);
    expect(search('let [!b]*', { n: 1 })).toEqual([3]);
    expect(search('a[[]0]*')).toEqual([4]);
  });
});

describe('a kernel', () => {
  let kernel: KernelClient;
  beforeAll(async () => {
    kernel = await KernelClient.start({}, packageFolder);
  }, 60_000);
  afterAll(() => kernel.stop());

  it('asks for a password without showing it, and for text', async () => {
    for (const [code, password] of [
      ['password("Secret: ")', true],
      ['prompt("Name: ")', false],
    ] as const) {
      const running = kernel.execute(`${code}.toUpperCase()`, { allow_stdin: true });
      const asked = await kernel.receive(kernel.stdin);
      expect(asked.header.msg_type).toBe('input_request');
      expect(asked.content).toEqual({ prompt: password ? 'Secret: ' : 'Name: ', password });
      await kernel.send(kernel.stdin, 'input_reply', { value: 'abc', status: 'ok' });
      expect(resultText((await running).outputs)).toBe("'ABC'");
    }
    const { reply } = await kernel.execute('password("Secret: ")', { allow_stdin: false });
    expect(reply).toMatchObject({ status: 'error', ename: 'StdinNotImplementedError' });
  });

  it('asks a question, and takes yes for yes alone', async () => {
    for (const [answer, expected] of [
      ['y', 'true'],
      ['Yes', 'true'],
      ['', 'false'],
      ['yesterday', 'false'],
    ] as const) {
      const running = kernel.execute('confirm("Sure?")', { allow_stdin: true });
      expect((await kernel.receive(kernel.stdin)).content).toEqual({
        prompt: 'Sure? [y/N] ',
        password: false,
      });
      await kernel.send(kernel.stdin, 'input_reply', { value: answer, status: 'ok' });
      expect(resultText((await running).outputs)).toBe(expected);
    }
  });

  it('stops at an interrupt while it waits for an answer, and what cells declared survives', async () => {
    await kernel.execute('let survivor = 41');
    const running = kernel.execute('survivor++; prompt("Name: ")', { allow_stdin: true });
    await kernel.receive(kernel.stdin);
    await kernel.request(kernel.control, 'interrupt_request', {});
    expect((await running).reply).toMatchObject({ ename: 'KeyboardInterrupt' });
    // An answer that comes too late is nobody's.
    await kernel.send(kernel.stdin, 'input_reply', { value: 'late', status: 'ok' });
    const next = kernel.execute('prompt("Again: ") + survivor', { allow_stdin: true });
    expect((await kernel.receive(kernel.stdin)).content.prompt).toBe('Again: ');
    await kernel.send(kernel.stdin, 'input_reply', { value: 'now', status: 'ok' });
    expect(resultText((await next).outputs)).toBe("'now42'");
  });

  it('shares a widget’s state both ways, bytes beside the JSON', async () => {
    const { reply, outputs } = await kernel.execute(
      'import { Widget } from "@fovea/kernel/notebook"; const seen: unknown[] = [];' +
        'const widget = new Widget({ esm: "export default {}", css: "b {}", state: { value: 1, pixels: Uint8Array.of(1, 2) } });' +
        'widget.on("value", (value) => seen.push(value)); widget.on("pixels", (pixels) => seen.push([...pixels])); widget',
    );
    expect(reply.status).toBe('ok');
    const opened = outputs.find(({ header }) => header.msg_type === 'comm_open') as Message;
    expect(opened.content).toMatchObject({
      target_name: 'jupyter.widget',
      data: {
        state: { _model_module: 'anywidget', _esm: 'export default {}', _css: 'b {}', value: 1 },
        buffer_paths: [['pixels']],
      },
    });
    expect(opened.metadata).toEqual({ version: '2.1.0' });
    expect([...(opened.buffers[0] ?? [])]).toEqual([1, 2]);
    const shown = outputs.find(({ header }) => header.msg_type === 'execute_result');
    const comm_id = String(opened.content.comm_id);
    expect(shown?.content.data).toMatchObject({
      'application/vnd.jupyter.widget-view+json': { model_id: comm_id, version_major: 2 },
    });
    // From the page to the kernel.
    const update = { method: 'update', state: { value: 5 }, buffer_paths: [['pixels']] };
    const id = await kernel.send(kernel.shell, 'comm_msg', { comm_id, data: update }, [
      Uint8Array.of(7, 8, 9),
    ]);
    await kernel.outputsOf(id);
    expect(resultText((await kernel.execute('[seen, widget.state.value]')).outputs)).toBe(
      '[ [ 5, [ 7, 8, 9 ] ], 5 ]',
    );
    // From the kernel to the page, on its own and when asked.
    const changed = await kernel.execute('widget.set({ value: 6, pixels: Uint8Array.of(4) })');
    const sent = changed.outputs.find(({ header }) => header.msg_type === 'comm_msg');
    expect(sent?.content.data).toEqual({ method: 'update', state: { value: 6 }, buffer_paths: [['pixels']] });
    expect([...(sent?.buffers[0] ?? [])]).toEqual([4]);
    const asked = await kernel.send(kernel.shell, 'comm_msg', { comm_id, data: { method: 'request_state' } });
    const [answer] = await kernel.outputsOf(asked);
    expect(answer?.content.data).toMatchObject({
      method: 'update',
      state: { _model_name: 'AnyModel', _esm: 'export default {}', value: 6 },
    });
    const closed = await kernel.execute('widget.close()');
    expect(closed.outputs.map(({ header }) => header.msg_type)).toContain('comm_close');
    expect(await kernel.request(kernel.shell, 'comm_info_request', {})).toMatchObject({ comms: {} });
  });
});
