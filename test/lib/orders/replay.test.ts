import { describe, expect, it } from 'vitest';
import type { Challenge, OrderRecord, OrderState } from '../../../lib/orders/record.ts';
import { type Attempt, decideReplay, type Verdict } from '../../../lib/orders/replay.ts';

const now = Date.parse('2026-01-05T02:00:00Z');
const states: OrderState[] = ['sent', 'unknown', 'succeeded', 'rejected', 'not-processed', 'not-charged', 'unresolved'];

const end = { code: '0', bizSeqNo: 'a1', at: null, outcome: 'issued', reason: null, billed: 'yes' as const };

const record = (more: Partial<OrderRecord> = {}): OrderRecord => ({
  ...end,
  orderNo: 'a1',
  operation: 'face-verify',
  caller: 'alice',
  state: 'succeeded',
  attemptId: 'first',
  fingerprint: 'input-1',
  subject: 'person-1',
  profile: 'tencentcloud',
  createdAt: now - 60_000,
  sentAt: now - 1_000,
  sends: 1,
  ticketGeneration: 7,
  version: 2,
  ...more,
});

const attempt = (more: Partial<Attempt> = {}): Attempt => ({
  attemptId: 'second',
  operation: 'face-verify',
  caller: 'alice',
  isolated: true,
  fingerprint: 'input-1',
  subject: 'person-1',
  oldestChallenge: now - 300_000,
  ...more,
});

/** A verdict as one word: its kind, or the problem. */
const word = (verdict: Verdict): string => (verdict.kind === 'refuse' ? verdict.problem : verdict.kind);
const decided = (of: OrderRecord | null, by: Attempt): string => word(decideReplay(of, by, now));

// Reliability, section 4.1: the same order and the same input again.
const again: Record<OrderState, string> = {
  sent: 'order-in-progress',
  unknown: 'order-outcome-unknown',
  succeeded: 'replay',
  rejected: 'replay',
  'not-processed': 'rerun',
  'not-charged': 'order-not-charged',
  unresolved: 'order-unresolved',
};

describe('the same order again', () => {
  it.each(states)('in state %s', (state) => {
    expect(decided(record({ state }), attempt())).toBe(again[state]);
  });

  it.each([
    [0, 'order-in-progress'],
    [28_000, 'order-in-progress'],
    [60_000, 'order-outcome-unknown'],
    [3_600_000, 'order-outcome-unknown'],
  ])('sent %i ms ago', (age, expected) => {
    expect(decided(record({ state: 'sent', sentAt: now - age }), attempt())).toBe(expected);
  });

  it.each(states)('in state %s, by the very attempt that wrote it', (state) => {
    expect(decided(record({ state }), attempt({ attemptId: 'first' }))).toBe('mine');
  });

  it.each(['succeeded', 'rejected', 'not-processed', 'not-charged', 'unresolved'] as const)(
    'in state %s, past its 95 days, is gone',
    (state) => {
      const last = Math.ceil(now / 1000);
      expect(decided(record({ state, ttl: last - 1 }), attempt())).toBe('result-expired');
      expect(decided(record({ state, ttl: last + 1 }), attempt())).toBe(again[state]);
    },
  );
});

describe('anything else about the order', () => {
  const differences: [what: string, more: Partial<Attempt>][] = [
    ['other input', { fingerprint: 'input-2' }],
    ['another operation', { operation: 'face-compare', fingerprint: 'input-3' }],
    ['another caller', { caller: 'bob', fingerprint: 'input-4' }],
    ['another caller with the same fingerprint', { caller: 'bob' }],
    ['another operation with the same fingerprint', { operation: 'face-compare' }],
  ];

  it.each(states.flatMap((state) => differences.map(([what, more]) => ({ state, what, more }))))(
    'is a mismatch: $what, state $state',
    ({ state, more }) => {
      const verdict = decideReplay(record({ state }), attempt(more), now);
      expect(word(verdict)).toBe('order-payload-mismatch');
      // A foreign number tells nothing (IDM-12): the record does not go along.
      expect(verdict).not.toHaveProperty('record', expect.anything());
    },
  );

  it('is a mismatch before it is expired', () => {
    expect(decided(record({ ttl: 1 }), attempt({ fingerprint: 'input-2' }))).toBe('order-payload-mismatch');
  });

  it('does not concern a stage that does not isolate its callers', () => {
    for (const state of states) {
      expect(decided(record({ state }), attempt({ caller: 'bob', isolated: false }))).toBe(again[state]);
    }
  });
});

describe('the liveness pair', () => {
  const challenge: Challenge = { ...end, fingerprint: 'challenge-1', issuedAt: now - 60_000 };
  const issued = (more: Partial<OrderRecord> = {}) =>
    record({ operation: 'liveness-challenge', fingerprint: 'challenge-1', challenge, ...more });
  const verify = (more: Partial<Attempt> = {}) =>
    attempt({ operation: 'liveness-verify', fingerprint: 'verify-1', continues: 'liveness-challenge', ...more });
  const taken = (more: Partial<OrderRecord> = {}) =>
    record({ operation: 'liveness-verify', fingerprint: 'verify-1', challenge, ...more });

  // Reliability, section 4.5.
  it.each<[what: string, of: OrderRecord | null, by: Attempt, expected: string]>([
    ['a succeeded challenge is taken over', issued(), verify(), 'continue'],
    ['no such order', null, verify(), 'step-out-of-order'],
    ['a foreign challenge', issued({ caller: 'bob' }), verify(), 'step-out-of-order'],
    [
      'a foreign challenge where callers are not isolated',
      issued({ caller: 'bob' }),
      verify({ isolated: false }),
      'continue',
    ],
    ['a challenge that is just too old', issued(), verify({ oldestChallenge: now - 60_000 }), 'step-out-of-order'],
    ['a challenge that is just young enough', issued(), verify({ oldestChallenge: now - 60_001 }), 'continue'],
    ['another ID number', issued(), verify({ subject: 'person-2' }), 'order-payload-mismatch'],
    ['a verify step with the same input', taken(), verify(), 'replay'],
    ['a verify step with the same input, still running', taken({ state: 'sent' }), verify(), 'order-in-progress'],
    ['a verify step that was not processed', taken({ state: 'not-processed' }), verify(), 'rerun'],
    ['a verify step with other input', taken(), verify({ fingerprint: 'verify-2' }), 'order-payload-mismatch'],
    ['an order of another kind', record(), verify(), 'order-payload-mismatch'],
    [
      'the challenge again',
      issued(),
      attempt({ operation: 'liveness-challenge', fingerprint: 'challenge-1' }),
      'replay',
    ],
    [
      'the challenge again, after its verify step',
      taken(),
      attempt({ operation: 'liveness-challenge', fingerprint: 'challenge-1' }),
      'replay-challenge',
    ],
    [
      'the challenge again, while its verify step runs',
      taken({ state: 'sent' }),
      attempt({ operation: 'liveness-challenge', fingerprint: 'challenge-1' }),
      'replay-challenge',
    ],
    [
      'another challenge, after the verify step',
      taken(),
      attempt({ operation: 'liveness-challenge', fingerprint: 'challenge-2' }),
      'order-payload-mismatch',
    ],
    [
      'the challenge of somebody else, after its verify step',
      taken({ caller: 'bob' }),
      attempt({ operation: 'liveness-challenge', fingerprint: 'challenge-1' }),
      'order-payload-mismatch',
    ],
  ])('%s', (_what, of, by, expected) => {
    expect(decided(of, by)).toBe(expected);
  });

  it('any other foreign order is refused and tells nothing', () => {
    for (const foreign of [taken({ caller: 'bob' }), record({ caller: 'bob' })]) {
      expect(decideReplay(foreign, verify(), now)).toEqual({
        kind: 'refuse',
        problem: expect.stringMatching(/^(step-out-of-order|order-payload-mismatch)$/),
      });
    }
  });

  it.each(states.filter((state) => state !== 'succeeded'))('a challenge in state %s cannot be continued', (state) => {
    const unissued = issued({ state, challenge: undefined });
    expect(decided(unissued, verify())).toBe('step-out-of-order');
    expect(decided(issued({ state }), verify())).toBe('step-out-of-order');
  });
});
