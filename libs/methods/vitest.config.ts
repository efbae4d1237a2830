import { defineConfig } from 'vitest/config';

// Learners are made and freed by each test, so the files share a process and load TensorFlow once.
export default defineConfig({ test: { isolate: false, testTimeout: 60_000 } });
