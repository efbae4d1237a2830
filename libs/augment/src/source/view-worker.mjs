// Node 20 hands a worker's entry to no loader hook, so the hook is set here and the TypeScript imported after it.
import { register } from 'tsx/esm/api';

register();
await import('./view-worker.ts');
