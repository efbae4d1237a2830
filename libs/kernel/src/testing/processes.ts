import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePorts } from './kernel-client.ts';

const launcher = fileURLToPath(new URL('../../bin/fovea-kernel.mjs', import.meta.url));
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A process that lives and everything that it started; processes that are dead but not yet fetched do not count. */
export function family(pid: number): number[] {
  const rows = execFileSync('ps', ['-eo', 'pid=,ppid=,stat='], { encoding: 'utf8' }).trim().split('\n');
  const table = rows
    .map((row) => row.trim().split(/\s+/))
    .filter(([, , state = '']) => !state.startsWith('Z'))
    .map(([child, parent]) => [Number(child), Number(parent)] as const);
  const found = new Set(table.some(([child]) => child === pid) ? [pid] : []);
  for (let size = -1; size !== found.size;) {
    size = found.size;
    for (const [child, parent] of table) if (found.has(parent)) found.add(child);
  }
  return [...found];
}

/** Which of some processes still live, once they have had time to end. */
export async function remaining(pids: readonly number[], ms = 20_000): Promise<number[]> {
  const end = Date.now() + ms;
  for (;;) {
    const left = pids.filter((pid) => family(pid).length > 0);
    if (left.length === 0 || Date.now() > end) return left;
    await sleep(200);
  }
}

/** Starts a kernel from another process, kills that with SIGKILL, and counts what stays behind. */
export async function killedServer(): Promise<{ readonly started: number; readonly left: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'fovea-kernel-orphan-'));
  const file = join(folder, 'connection.json');
  const [shell_port, control_port, stdin_port, iopub_port, hb_port] = await freePorts(5);
  const ports = { shell_port, control_port, stdin_port, iopub_port, hb_port };
  const connection = { transport: 'tcp', ip: '127.0.0.1', key: 'k', signature_scheme: 'hmac-sha256' };
  writeFileSync(file, JSON.stringify({ ...connection, ...ports }));
  // A client in signal mode starts kernels in a session of their own, so that they do not die with its group.
  const code = `
    const { spawn } = require('node:child_process');
    const env = { ...process.env, JPY_PARENT_PID: String(process.pid), FOVEA_HISTORY: '' };
    const child = spawn(process.execPath, ${JSON.stringify([launcher, file])}, { env, stdio: 'ignore', detached: true });
    console.log(child.pid); setInterval(() => {}, 1000);`;
  const server = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const pid = await new Promise<number>((resolve) =>
      server.stdout.once('data', (data: Buffer) => resolve(Number(data.toString()))),
    );
    // Until the type checker's process is there too.
    for (let waited = 0; waited < 20_000 && family(pid).length < 2; waited += 200) await sleep(200);
    const pids = family(pid);
    server.kill('SIGKILL');
    return { started: pids.length, left: (await remaining(pids)).length };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
