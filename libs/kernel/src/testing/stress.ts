// Long sessions, bad messages, many kernels: npm run stress -w @fovea/kernel -- [--quick]
import { execFileSync } from 'node:child_process';
import { KernelClient, resultText, streamText } from './kernel-client.ts';

const quick = process.argv.includes('--quick');
const cells = quick ? 500 : 10_000;
const badMessages = quick ? 2_000 : 100_000;
const kernels = quick ? 3 : 50;

function report(name: string, text: string): void {
  process.stdout.write(`${name.padEnd(24)} ${text}\n`);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

/** Resident memory of a process and its children, in MiB. */
function memory(pid: number): number {
  const rows = execFileSync('ps', ['-eo', 'pid,ppid,rss'], { encoding: 'utf8' }).trim().split('\n').slice(1);
  const table = rows.map((row) => row.trim().split(/\s+/).map(Number));
  const family = new Set([pid]);
  let sum = 0;
  for (const [child = 0, parent = 0, rss = 0] of table) {
    if (family.has(parent)) family.add(child);
    if (family.has(child)) sum += rss;
  }
  return sum / 1024;
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
  report(
    `${cells} cells`,
    `median ${first.toFixed(1)} ms in the first fifth, ${last.toFixed(1)} ms in the last; ` +
      `memory ${early.toFixed(0)} MiB after the first fifth, ${memory(pid).toFixed(0)} MiB at the end; ` +
      `result ${right ? 'right' : 'WRONG'}`,
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
  report(`${badMessages} bad messages`, alive ? 'dropped; the kernel still answers' : 'KILLED THE KERNEL');
  await client.stop();
}

async function manyKernels(): Promise<void> {
  const pids: number[] = [];
  const start = performance.now();
  for (let i = 0; i < kernels; i++) {
    const client = await KernelClient.start();
    pids.push(client.process.pid ?? 0);
    await client.execute('1 + 1');
    await client.stop();
  }
  const left = pids.filter((pid) => memory(pid) > 0).length;
  report(
    `${kernels} kernels`,
    `${left} left over, ${((performance.now() - start) / kernels).toFixed(0)} ms each`,
  );
}

await longSession();
await badMessagesSession();
await manyKernels();
