import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/** What rests on DynamoDB, on AWS's own DynamoDB Local: `npm run test:dynamodb-local`. */
export default defineConfig({
  resolve: {
    alias: [
      {
        find: /^.*\/dynamodb-engine\.ts$/,
        replacement: join(import.meta.dirname, 'test/campaign/dynamo/local-engine.ts'),
      },
    ],
  },
  test: {
    include: [
      'test/campaign/dynamo/*.test.ts',
      'test/models/ledger-machine.test.ts',
      'test/lib/orders/{ledger,ledger-races,resolve-transitions}.test.ts',
      'test/lib/limits/*.test.ts',
      'test/lib/tickets/store.test.ts',
    ],
    globalSetup: ['test/campaign/dynamo/local-install.ts'],
    reporters: ['default', './test/support/closing-line.ts'],
    pool: 'threads',
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});
