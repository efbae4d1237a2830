/** A process that takes our steps, or stock tfjs-node's: settings as JSON in its argument, a number of steps a line, times as JSON. */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { backendInfo, tf, type Scalar } from '@fovea/tensorflow';
import type { SHARED, TrainCase } from './cases.ts';
import { ourStep } from './our-step.ts';
import { stockStep } from './stock-step.ts';
import type { Ready, RunnerKind, StepTime } from './runner.ts';

/** A case with the sizes that all share. */
export type Settings = TrainCase & typeof SHARED & { readonly kind: RunnerKind };

const settings = JSON.parse(process.argv[2]) as Settings;
const base = memory('VmRSS');

if (settings.kind === 'matmul') {
  say({ gflops: matmulRate() });
} else {
  const step = settings.kind === 'stock' ? stockStep(settings) : ourStep(settings);
  warmUp(step);
  say({});
  for await (const line of createInterface({ input: process.stdin })) {
    timed(1, step); // caches and threads come back from waiting
    console.log(JSON.stringify({ times: timed(Number(line), step), peak: memory('VmHWM') }));
  }
}

function say(more: Partial<Ready>): void {
  const { version, threads } = backendInfo();
  console.log(JSON.stringify({ version, threads, base, ...more } satisfies Ready));
}

/** Recording, caches, threads; as long as the peers. */
function warmUp(step: () => number): void {
  const start = performance.now();
  timed(2, step);
  while (performance.now() - start < settings.warmUpSeconds * 1e3) timed(1, step);
}

function timed(steps: number, step: () => number): StepTime[] {
  return Array.from({ length: steps }, () => {
    const start = performance.now();
    const startCpu = process.cpuUsage();
    const loss = step();
    if (!Number.isFinite(loss)) throw new Error(`bench: the loss is ${loss}.`);
    const { user, system } = process.cpuUsage(startCpu);
    return { wall: (performance.now() - start) / 1e3, cpu: (user + system) / 1e6 };
  });
}

/** GFLOP a second of processor time of one product of square matrices, the median of several; times threads, the machine's rate. */
function matmulRate(): number {
  const side = 1536;
  const rates = tf.tidy(() => {
    const a = tf.ones([side, side]);
    const product = (): number =>
      (tf.tidy(() => tf.sum(tf.matMul(a as never, a as never))) as Scalar).dataSync()[0];
    product();
    return Array.from({ length: 9 }, () => {
      const start = process.cpuUsage();
      product();
      const { user, system } = process.cpuUsage(start);
      return (2 * side ** 3) / ((user + system) * 1e3);
    });
  });
  return rates.sort((a, b) => a - b)[4];
}

/** Memory of this process in bytes: now (`VmRSS`) or the most so far (`VmHWM`); what Node knows where there is no /proc. */
function memory(field: 'VmRSS' | 'VmHWM'): number {
  try {
    return (
      1024 * Number(new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync('/proc/self/status', 'utf8'))?.[1])
    );
  } catch {
    return field === 'VmRSS' ? process.memoryUsage.rss() : process.resourceUsage().maxRSS * 1024;
  }
}
