import { defineConfig } from 'vitest/config';

/** Models and random tests at length: `npm run test:deep`. */
export default defineConfig({
  test: {
    include: ['test/**/*.deep.ts'],
    reporters: ['default', './test/support/closing-line.ts'],
    pool: 'threads',
    testTimeout: 600_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
