import type { LogFields } from '../log.ts';
import type { Context } from './context.ts';

/** How long an end is tried to be written, in milliseconds (reliability: DEP-6). */
const patience = 3_000;

/**
 * Writes the end of an order. The answer is known and perhaps paid for, so a store that fails does not take it away from
 * the caller: after three seconds it is logged for the operators, and the resolver repairs what it can query.
 */
export async function persist(
  write: () => Promise<boolean>,
  { now, sleep, random, log }: Pick<Context, 'now' | 'sleep' | 'random' | 'log'>,
  facts: LogFields,
): Promise<void> {
  const giveUpAt = now() + patience;
  for (let attempt = 1; ; attempt += 1) {
    try {
      if (!(await write())) log('warn', 'order-ended-elsewhere', facts);
      return;
    } catch {
      const left = giveUpAt - now();
      if (left <= 0) break;
      await sleep(Math.min(left, 50 + 100 * 2 ** Math.min(attempt, 3) * random()));
    }
  }
  log('error', 'order-end-not-persisted', facts);
}
