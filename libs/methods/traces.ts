/**
 * `npm run traces`: repeats the committed 100-step loss trace of every method and compares it bit by bit.
 *
 * --write          replaces traces that differ; a change of numbers belongs into its commit's message
 * --methods a,b    only these
 *
 * Traces lie in libs/methods/src/traces, one loss a line; a new method of the registry gets its file here. Exits with 1 when one differs.
 */
/* eslint-disable no-console -- a command, whose output this is */
import { parseArgs } from 'node:util';
import { ready } from '@fovea/tensorflow';
import { METHODS, methodNamed } from './src/methods.ts';
import { processor, readTrace, tracedMethods, writeTrace, type TraceFile } from './src/traces/trace-file.ts';
import { STEPS, trace } from './src/traces/trace.ts';

const { values: flags } = parseArgs({
  options: { write: { type: 'boolean', default: false }, methods: { type: 'string' } },
});
await ready();
const wanted = flags.methods?.split(',').map(methodNamed) ?? [...METHODS.values()];
let different = 0;
for (const method of wanted) {
  const losses = trace(method, STEPS);
  const committed = tracedMethods().includes(method.name) ? readTrace(method.name) : undefined;
  const first = committed === undefined ? 0 : firstDifference(committed, losses);
  const isEqual = first === -1 && committed?.processor === processor();
  if (flags.write && !isEqual) writeTrace(method.name, losses);
  const ends = `${losses[0].toFixed(4)} … ${losses[STEPS - 1].toFixed(4)}`;
  console.log(`${isEqual ? '✓' : flags.write ? '+' : '✗'} ${method.name}: ${ends}${said(committed, first)}`);
  if (!isEqual) different++;
}
console.log(
  `${wanted.length - different} as committed, ${different} ${flags.write ? 'written' : 'not'} (${processor()})`,
);
process.exitCode = different > 0 && !flags.write ? 1 : 0;

function firstDifference({ losses: expected }: TraceFile, losses: Float32Array): number {
  return losses.findIndex((loss, step) => loss !== expected[step]);
}

function said(committed: TraceFile | undefined, first: number): string {
  if (committed === undefined) return ', none so far';
  const elsewhere = committed.processor === processor() ? '' : `, committed on ${committed.processor}`;
  return (first === -1 ? '' : `, differs from step ${first} on`) + elsewhere;
}
