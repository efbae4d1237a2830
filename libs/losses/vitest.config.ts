import { defineConfig } from 'vitest/config';

// Losses are pure, so the files share a process and load TensorFlow once.
export default defineConfig({ test: { isolate: false } });
