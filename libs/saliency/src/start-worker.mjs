// Node does not read TypeScript in a thread by itself: tsx is registered first, then the worker is loaded from source.
import { register } from 'tsx/esm/api';

register();
await import('./saliency-worker.ts');
