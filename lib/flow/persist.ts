import type { LogFields } from '../log.ts';
import type { Context } from './context.ts';

/** How long an end is tried to be written, in milliseconds (reliability: DEP-6). */
const patience = 3_000;
/** With less time left (milliseconds) another try might not end before the function does, and the answer would be lost. */
const longestTry = 3_500;

/**
 * Writes the end of an order. The answer is known and perhaps paid for, so a store that fails does not take it away from
 * the caller: after three seconds it is logged for the operators, and the resolver repairs what it can query.
 *
 * @param remaining milliseconds until the function is ended
 * @returns whether the end is written, and this one
 */
export async function persist(
  write: () => Promise<boolean>,
  { now, sleep, random, log }: Pick<Context, 'now' | 'sleep' | 'random' | 'log'>,
  facts: LogFields,
  remaining: () => number,
): Promise<boolean> {
  const giveUpAt = now() + patience;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const written = await write();
      if (!written) log('warn', 'order-ended-elsewhere', facts);
      return written;
    } catch {
      const left = Math.min(giveUpAt - now(), remaining() - longestTry);
      if (left <= 0) break;
      await sleep(Math.min(left, 50 + 100 * 2 ** Math.min(attempt, 3) * random()));
    }
  }
  log('error', 'order-end-not-persisted', facts);
  return false;
}
