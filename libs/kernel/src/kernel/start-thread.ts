import type { MessagePort } from 'node:worker_threads';
import { Worker } from 'node:worker_threads';
import type { LocalCommonJs } from '../session/reloader.ts';
import { log } from './log.ts';

/** What the launcher knows: where the bundled threads are, and how to make TypeScript files importable. */
interface Launch {
  readonly files?: Readonly<Record<'gateway' | 'language', string>>;
  /** Resolves to the port of the module hooks, and to what is known of CommonJS files. */
  prepare(): Promise<{ readonly port: MessagePort; readonly commonJs: LocalCommonJs }>;
}

/** Undefined where a kernel was not started by its launcher. */
export const launched = (): Launch | undefined =>
  Reflect.get(globalThis, Symbol.for('fovea.launch')) as Launch | undefined;

/** Room for fresh objects: what V8 would take by itself is memory that an idle kernel keeps, and buys these threads no time. */
const youngMb = { gateway: 4, language: 12 } as const;

/** Starts one of the kernel's threads; the kernel ends with it. */
export function startThread(
  name: 'gateway' | 'language',
  data: object,
  transferList: readonly MessagePort[],
): void {
  const bundled = launched()?.files?.[name];
  // Workers cannot start from TypeScript on their own.
  const file = bundled ?? new URL('../../bin/fovea-kernel-thread.mjs', import.meta.url);
  const workerData = { ...data, module: `${name}/worker.ts` };
  const resourceLimits = { maxYoungGenerationSizeMb: youngMb[name] };
  const thread = new Worker(file, { workerData, transferList: [...transferList], resourceLimits });
  thread.on('error', (error) => {
    log(`the ${name} thread failed: ${error.stack ?? error.message}`);
    process.exit(1);
  });
}
