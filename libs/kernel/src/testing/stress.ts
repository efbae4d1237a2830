// Long sessions, bad messages, many kernels, a killed server: npm run stress -w @fovea/kernel -- [--quick]
// Exits with 1 where something got lost, went wrong, grew or stayed behind.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KernelClient, resultText, streamText } from './kernel-client.ts';
import { family, killedServer, remaining } from './processes.ts';

const quick = process.argv.includes('--quick');
const cells = quick ? 300 : 10_000;
const badMessages = quick ? 1000 : 100_000;
const kernels = quick ? 3 : 50;

function report(name: string, text: string, holds = true): void {
  process.stdout.write(`${holds ? 'ok    ' : 'FAILED'} ${name.padEnd(20)} ${text}\n`);
  if (!holds) process.exitCode = 1;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

/** Resident memory of a process and all that it started, in MiB. */
function memory(pid: number): number {
  const pids = family(pid);
  if (pids.length === 0) return 0;
  const rows = execFileSync('ps', ['-o', 'rss=', '-p', pids.join(',')], { encoding: 'utf8' });
  return (
    rows
      .trim()
      .split(/\s+/)
      .map(Number)
      .reduce((sum, kib) => sum + kib, 0) / 1024
  );
}

async function longSession(): Promise<void> {
  const client = await KernelClient.start();
  const times: number[] = [];
  await client.execute('let total = 0');
  const pid = client.process.pid ?? 0;
  let early = 0;
  for (let i = 0; i < cells; i++) {
    const start = performance.now();
    await client.execute(`const v${i % 300} = ${i}; total += v${i % 300}; v${i % 300} + 1`);
    times.push(performance.now() - start);
    client.published.length = 0;
    if (i === Math.floor(cells / 5)) early = memory(pid);
  }
  const fifth = Math.floor(cells / 5);
  const [first, last] = [median(times.slice(0, fifth)), median(times.slice(-fifth))];
  const total = resultText((await client.execute('total')).outputs);
  const right = total === String((cells * (cells - 1)) / 2);
  const late = memory(pid);
  // Times and garbage of a short run say nothing of a long one.
  const flat = quick || (late < 1.25 * early && last < 1.5 * first);
  report(
    `${cells} cells`,
    `median ${first.toFixed(1)} ms in the first fifth, ${last.toFixed(1)} ms in the last; ` +
      `memory ${early.toFixed(0)} MiB after the first fifth, ${late.toFixed(0)} MiB at the end; ` +
      `result ${right ? 'right' : 'wrong'}`,
    right && flat,
  );
  const mb = quick ? 10 : 100;
  const start = performance.now();
  const { outputs } = await client.execute(
    `{ const line = "x".repeat(999); for (let i = 0; i < ${mb * 1000}; i++) console.log(line) }`,
  );
  const length = streamText(outputs).length;
  report(
    `${mb} MB of lines`,
    `${length === mb * 1_000_000 ? 'all' : `only ${length} characters`} arrived in ${((performance.now() - start) / 1000).toFixed(1)} s`,
    length === mb * 1_000_000,
  );
  await client.stop();
}

async function badMessagesSession(): Promise<void> {
  const client = await KernelClient.start();
  let state = 1;
  const random = (limit: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state % limit;
  };
  const frame = (): Buffer => Buffer.from(Array.from({ length: random(60) }, () => random(256)));
  for (let i = 0; i < badMessages; i++) {
    const frames = Array.from({ length: 1 + random(8) }, frame);
    if (i % 3 === 0) frames[random(frames.length)] = Buffer.from('<IDS|MSG>');
    await (i % 2 ? client.shell : client.control).send(frames);
  }
  const alive = resultText((await client.execute('"alive"')).outputs) === "'alive'";
  report(`${badMessages} bad messages`, alive ? 'dropped; the kernel still answers' : 'no answer', alive);
  await client.stop();
}

async function manyKernels(): Promise<void> {
  const pids: number[] = [];
  const files = (): number => readdirSync(scratch).length;
  const [start, before] = [performance.now(), files()];
  for (let i = 0; i < kernels; i++) {
    const client = await KernelClient.start();
    await client.execute('1 + 1');
    pids.push(...family(client.process.pid ?? 0));
    await client.stop();
  }
  const each = (performance.now() - start) / kernels;
  // A process that is gone holds no port.
  const left = await remaining(pids);
  const filesLeft = Math.max(0, files() - before);
  report(
    `${kernels} kernels`,
    `${left.length} of ${pids.length} processes and ${filesLeft} files left over, ${each.toFixed(0)} ms each`,
    left.length === 0 && filesLeft === 0,
  );
}

async function orphans(): Promise<void> {
  const { started, left } = await killedServer();
  report('a killed server', `leaves ${left} of the kernel's ${started} processes`, left === 0);
}

// A folder of our own for everything temporary, so that what stays in it is ours.
const scratch = mkdtempSync(join(tmpdir(), 'fovea-stress-'));
process.env.TMPDIR = scratch;
await longSession();
await badMessagesSession();
await manyKernels();
await orphans();
rmSync(scratch, { recursive: true, force: true });
