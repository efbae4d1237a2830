// Runs a TypeScript module of the kernel in a worker thread: workerData.module says which.
import { workerData } from 'node:worker_threads';
import { register } from 'tsx/esm/api';

register();
await import(new URL(workerData.module, new URL('../src/', import.meta.url)).href);
