import { workerData, type MessagePort } from 'node:worker_threads';
import { compileCell, type CompileResult } from '../compiler/compile-cell.ts';
import type { KnownNames } from '../compiler/rewrite.ts';
import { answer } from '../kernel/asker.ts';
import { useCompileCache } from '../kernel/compile-cache.ts';
import { log, logTo } from '../kernel/log.ts';
import { CellModules } from './cell-modules.ts';
import { complete } from './complete.ts';
import { inspectCode } from './inspect-code.ts';
import { isComplete } from './is-complete.ts';
import { NativeChecker } from './native-checker.ts';

const { mainPort, gatewayPort, folder, logDescriptor } = workerData as {
  mainPort: MessagePort;
  gatewayPort: MessagePort;
  folder: string;
  logDescriptor: number;
};
logTo(logDescriptor);
useCompileCache('language');
const modules = new CellModules(folder);
let checker: NativeChecker | undefined;

/** What type checking does: nothing, warn, or keep the cell from running. */
export type TypeCheck = 'off' | 'warn' | 'error';

interface CursorRequest {
  readonly code: string;
  readonly cursor_pos: number;
}

/** So long packages are loaded undisturbed, before their types are read in the background. */
const loadingMs = 1000;

/** A cell that may run now; later cells see its names, but its answer need not wait for that. */
let allowed: string | undefined;

function compile(request: { source: string; known: KnownNames; check: TypeCheck }): CompileResult {
  settle();
  const { source, known, check } = request;
  const wanted = check !== 'off' && !/^\s*\/\/\s*@ts-nocheck\b/.test(source);
  let compiled: CompileResult | undefined;
  const problems = wanted
    ? (attempt(() => types().check(source, () => (compiled = compileCell(source, known)))) ?? [])
    : [];
  compiled ??= compileCell(source, known);
  if (!compiled.ok) return compiled;
  if (problems.length > 0 && check === 'error') return { ok: false, errors: problems, typesOnly: true };
  allowed = source;
  if (checker?.isBehind) setTimeout(settle, loadingMs);
  else setImmediate(settle);
  return problems.length > 0 ? { ...compiled, warnings: problems } : compiled;
}

/** Does what answers did not wait for. */
function settle(): void {
  if (allowed !== undefined) modules.commit(allowed);
  allowed = undefined;
  attempt(() => checker?.tidy());
}

/** The type checker, started when first needed. */
function types(): NativeChecker {
  return (checker ??= new NativeChecker(folder, modules));
}

/** A checker that fails must not keep anybody from running cells. */
function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    log(`the type checker failed: ${String(error)}`);
    return undefined;
  }
}

const inspect = ({ code, cursor_pos: at }: CursorRequest): unknown => {
  settle();
  return (
    attempt(() => inspectCode(types(), code, at)) ?? { status: 'ok', found: false, data: {}, metadata: {} }
  );
};

const refresh = (): void => {
  settle();
  attempt(() => checker?.refresh());
};

/** A name that no cell declared but that cells may use. */
const declare = (name: string): void => {
  settle();
  modules.commit(`let ${name}: any;`);
};

answer(mainPort, { compile, inspect, refresh, declare });
answer(gatewayPort, {
  is_complete_request: ({ code }: CursorRequest) => isComplete(code),
  complete_request: ({ code, cursor_pos: at }: CursorRequest) => {
    settle();
    return (
      attempt(() => complete(types(), code, at)) ?? {
        status: 'ok',
        matches: [],
        cursor_start: at,
        cursor_end: at,
        metadata: {},
      }
    );
  },
  inspect_request: inspect,
});
// Warm up what the first cell needs, while nobody waits for it yet.
compileCell('let warm: number = 1; warm');
attempt(() => types().check('console.log(1);', () => undefined));
