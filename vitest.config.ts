import { defineConfig } from 'vitest/config';

/** Each in a process of its own: rooms whose tests start processes, leave threads behind or look at their own memory; a file that asks for debug kernels, and one that puts its own WebAssembly.Module in the engine's place. */
const ALONE = [
  'test/{bench,cli,clients,fuzz,integration,workers}/**/*.test.ts',
  'test/plugin/counters-interleavings.test.ts',
  'test/plugin/wasm/real-modules.test.ts',
];

const common = {
  // Child processes, not threads: a thread that has a uWebSockets.js app must never be terminated (ARCHITECTURE.md).
  pool: 'forks',
  // For a loaded machine: starting a gateway takes two seconds of CPU time, and many tests do.
  testTimeout: 60_000,
  hookTimeout: 60_000,
} as const;

export default defineConfig({
  test: {
    maxWorkers: 2,
    globalSetup: ['test/build-once.ts'],
    projects: [
      { test: { ...common, name: 'alone', include: ALONE } },
      // The others share two processes: loading what they test, file by file, took as long as testing it.
      {
        test: { ...common, name: 'together', include: ['test/**/*.test.ts'], exclude: ALONE, isolate: false },
      },
    ],
  },
});
