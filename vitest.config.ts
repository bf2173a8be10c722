import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Child processes, not threads: a thread that has a uWebSockets.js app must never be terminated (ARCHITECTURE.md).
    pool: 'forks',
    maxWorkers: 2,
    globalSetup: ['test/build-once.ts'],
    // For a loaded machine: starting a gateway takes two seconds of CPU time, and many tests do.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
