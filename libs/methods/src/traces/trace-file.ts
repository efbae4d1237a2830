import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { backendInfo } from '@fovea/tensorflow';

const folder = import.meta.dirname;

/** Largest relative difference between processors that order float32 sums otherwise, over the trace's beginning. */
export const OTHER_PROCESSOR = 1e-3;

/** A committed trace: where it was made, and the loss of every step. */
export interface TraceFile {
  readonly processor: string;
  readonly losses: Float32Array;
}

/** Names of the methods that have a committed trace. */
export function tracedMethods(): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.txt'))
    .map((file) => file.slice(0, -'.txt'.length));
}

/** @throws Error when there is none, naming the command that makes it */
export function readTrace(method: string): TraceFile {
  const path = join(folder, `${method}.txt`);
  if (!existsSync(path))
    throw new Error(`${method} has no trace: npm run traces -- --write --methods ${method}`);
  const [head, ...lines] = readFileSync(path, 'utf8').trimEnd().split('\n');
  return { processor: head.replace(/^# /, ''), losses: Float32Array.from(lines, Number) };
}

/** One loss a line, in as many digits as float32 needs to come back bit by bit. */
export function writeTrace(method: string, losses: Float32Array): void {
  const lines = Array.from(losses, (loss) => String(Number(loss.toPrecision(9))));
  writeFileSync(join(folder, `${method}.txt`), `# ${processor()}\n${lines.join('\n')}\n`);
}

/** What the bits of a float32 sum depend on: TensorFlow's version, its threads, and the processor's vector instructions. */
export function processor(): string {
  const { name, version, threads } = backendInfo();
  return `${name} ${version}, ${threads} of ${availableParallelism()} threads, ${vectorInstructions().join(' ')}`;
}

function vectorInstructions(): string[] {
  const info = existsSync('/proc/cpuinfo') ? readFileSync('/proc/cpuinfo', 'utf8') : '';
  const flags = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(info)?.[1].split(/\s+/) ?? [process.arch];
  return flags.filter((flag) => /^(avx|fma|amx|asimd|sve)/.test(flag)).sort();
}
