import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { compileCell } from '../compiler/compile-cell.ts';
import type { KnownNames } from '../compiler/rewrite.ts';
import { answer } from '../kernel/asker.ts';
import { isComplete } from './is-complete.ts';

if (!parentPort) throw new Error('language: must run in a worker thread.');
const { gatewayPort } = workerData as { gatewayPort: MessagePort };

answer(parentPort, {
  compile: ({ source, known }: { source: string; known: KnownNames }) => compileCell(source, known),
});
answer(gatewayPort, {
  is_complete_request: ({ code }: { code: string }) => isComplete(code),
  complete_request: ({ cursor_pos: at }: { cursor_pos: number }) => ({
    status: 'ok',
    matches: [],
    cursor_start: at,
    cursor_end: at,
    metadata: {},
  }),
  inspect_request: () => ({ status: 'ok', found: false, data: {}, metadata: {} }),
});
// Warm up what the first cell needs.
compileCell('let warm: number = 1; warm');
