import { defineConfig } from 'vitest/config';

// Evaluators are pure, so the files share a process and load TensorFlow once.
export default defineConfig({ test: { isolate: false, testTimeout: 20_000 } });
