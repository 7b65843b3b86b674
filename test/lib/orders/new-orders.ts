import type { NewOrder } from '../../../lib/orders/ledger.ts';

/** When these tests take place. */
export const start = Date.parse('2026-01-05T02:00:00Z');

let made = 0;

/** An attempt of `me` at a new order. */
export const orderOf = (more: Partial<NewOrder> = {}): NewOrder => ({
  orderNo: `order${++made}`,
  attemptId: 'me',
  operation: 'face-verify',
  caller: 'alice',
  isolated: true,
  fingerprint: 'input-1',
  subject: 'person-1',
  oldestChallenge: start - 300_000,
  profile: 'tencentcloud',
  ticketGeneration: 7,
  ...more,
});

/** The first step of a liveness pair. */
export const challengeOf = (more: Partial<NewOrder> = {}): NewOrder =>
  orderOf({ operation: 'liveness-challenge', fingerprint: 'challenge-1', ...more });

/** The second step, on the order of the first. */
export const verifyOf = (orderNo: string, more: Partial<NewOrder> = {}): NewOrder =>
  orderOf({
    orderNo,
    attemptId: 'verify',
    operation: 'liveness-verify',
    fingerprint: 'verify-1',
    continues: 'liveness-challenge',
    ...more,
  });
