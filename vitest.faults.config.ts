import { defineConfig } from 'vitest/config';

/** Real sockets in real time: `npm run test:faults`. */
export default defineConfig({
  test: {
    include: ['test/faults/**/*.faults.ts'],
    reporters: ['default', './test/support/closing-line.ts'],
    pool: 'threads',
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
