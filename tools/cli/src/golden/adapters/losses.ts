import type { GoldenAdapter } from '../adapter.ts';

/** Losses of `@fovea/losses`. */
export const adapters: GoldenAdapter[] = [];
