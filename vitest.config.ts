import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Child processes, not threads: a thread that has a uWebSockets.js app must never be terminated (ARCHITECTURE.md).
    pool: 'forks',
    maxWorkers: 2,
    globalSetup: ['test/build-once.ts'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
});
