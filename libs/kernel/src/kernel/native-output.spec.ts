import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KernelClient, resultText, streamText } from '../testing/kernel-client.ts';

describe.skipIf(process.platform === 'win32')(
  'output that does not go through JavaScript',
  { timeout: 30_000 },
  () => {
    let kernel: KernelClient;
    let folder: string;
    let logFile: string;

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'fovea-log-'));
      logFile = join(folder, 'log');
      const log = openSync(logFile, 'a');
      kernel = await KernelClient.start({}, fileURLToPath(new URL('../..', import.meta.url)), log);
      closeSync(log);
      await kernel.execute(
        'import { execSync, spawn, spawnSync } from "node:child_process"; import { writeSync } from "node:fs"',
      );
    }, 60_000);
    afterAll(async () => {
      await kernel.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    it('of child processes that inherit the descriptors belongs to the running cell', async () => {
      const { outputs } = await kernel.execute(
        'console.log("first"); execSync("echo from a child; echo with an error >&2", { stdio: "inherit" }); console.log("last")',
      );
      // Two ways lead to the client: each keeps its order, and the child's may come a moment late.
      const lines = streamText(outputs).trimEnd().split('\n');
      expect(lines.filter((line) => line !== 'from a child')).toEqual(['first', 'last']);
      expect([...lines].sort()).toEqual(['first', 'from a child', 'last']);
      expect(streamText(outputs, 'stderr')).toBe('with an error\n');
    });

    it('of writes to the descriptors themselves too, bytes of one letter in two writes', async () => {
      const { outputs } = await kernel.execute(
        'const bytes = Buffer.from("größe\\n"); writeSync(1, bytes.subarray(0, 3)); writeSync(1, bytes.subarray(3)); (process as any)._rawDebug("native")',
      );
      expect(streamText(outputs)).toBe('größe\n');
      expect(streamText(outputs, 'stderr')).toBe('native\n');
    });

    it('arrives while a synchronous call still runs', async () => {
      // The child ends only once the test has seen what it wrote.
      const gate = join(folder, 'gate');
      const script = `echo early; while [ ! -e ${gate} ]; do sleep 0.05; done`;
      const running = kernel.execute(
        `spawnSync("sh", ["-c", ${JSON.stringify(script)}], { stdio: "inherit" }); 0`,
      );
      await kernel.until(() => kernel.published.some(({ content }) => content.text === 'early\n'));
      writeFileSync(gate, '');
      expect((await running).reply.status).toBe('ok');
    });

    it('is lost in no part of 20 MB, and blocks nobody', async () => {
      const { reply, outputs } = await kernel.execute(
        'spawnSync("sh", ["-c", "yes 0123456789abcde | head -c 20000000"], { stdio: "inherit" }); 0',
      );
      expect(reply.status).toBe('ok');
      expect(streamText(outputs)).toHaveLength(20_000_000);
    });

    it('of a child that goes on after its cell still arrives', async () => {
      await kernel.execute('spawn("sh", ["-c", "sleep 0.3; echo late child"], { stdio: "inherit" }); 0');
      await kernel.until(() => kernel.published.some(({ content }) => content.text === 'late child\n'));
      expect(resultText((await kernel.execute('1')).outputs)).toBe('1');
    });

    it('is not what the kernel itself logs: that goes where it always went', async () => {
      await kernel.control.send(['<IDS|MSG>', 'forged', '{}', '{}', '{}', '{}']);
      await kernel.until(() => readFileSync(logFile, 'utf8').includes('dropped a message on control'));
      const texts = kernel.published.map(({ content }) => JSON.stringify(content));
      expect(texts.filter((text) => text.includes('dropped'))).toEqual([]);
    });
  },
);
