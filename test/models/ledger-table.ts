/**
 * What each write of the ledger must do to a record (reliability, sections 4.1 and 4.3), written down a second time and
 * without a database. Tests compare the ledger with it, command by command.
 */

import type { Resolution } from '../../lib/orders/ladder.ts';
import type { NewOrder } from '../../lib/orders/ledger.ts';
import type { OrderRecord, OrderState } from '../../lib/orders/record.ts';

/** The part of a record that decides. */
export interface Essence {
  readonly operation: string;
  readonly caller: string;
  readonly fingerprint: string;
  readonly subject: string | undefined;
  readonly state: OrderState;
  readonly attemptId: string;
  readonly sends: number;
  readonly sentAt: number;
  readonly ticketGeneration: number;
  readonly version: number;
  readonly reason: string | null;
  readonly code: string | null;
  readonly notFoundAt: number | undefined;
  readonly nextQueryAt: number | undefined;
  /** Epoch seconds; present when the order is over. */
  readonly ttl: number | undefined;
  readonly challenge: { readonly fingerprint: string; readonly issuedAt: number } | undefined;
}

/** The essence of a record as the ledger reads it. */
export function essenceOf(record: OrderRecord | null): Essence | null {
  if (!record) return null;
  const { operation, caller, fingerprint, subject, state, attemptId, sends, sentAt, ticketGeneration } = record;
  const { version, reason, code, notFoundAt, nextQueryAt, ttl, challenge } = record;
  const kept = challenge && { fingerprint: challenge.fingerprint, issuedAt: challenge.issuedAt };
  return {
    operation,
    caller,
    fingerprint,
    subject,
    state,
    attemptId,
    sends,
    sentAt,
    ticketGeneration,
    version,
    reason,
    code,
    notFoundAt,
    nextQueryAt,
    ttl,
    challenge: kept,
  };
}

/** What a command came to: the transition that it takes, the record after it, and what the caller is told. */
export interface Expected {
  readonly took: string | null;
  readonly after: Essence | null;
  readonly told: string | boolean;
}

const keptFor = 95 * 86_400;
const over = (now: number) => ({ ttl: Math.ceil(now / 1000) + keptFor, nextQueryAt: undefined, notFoundAt: undefined });

const refused = (record: Essence | null, told: string): Expected => ({ took: null, after: record, told });

/** A handler wants the order. */
export function expectClaim(record: Essence | null, order: NewOrder, now: number): Expected {
  const { operation, caller, fingerprint, subject, attemptId, ticketGeneration, continues } = order;
  const sent = {
    operation,
    fingerprint,
    attemptId,
    ticketGeneration,
    state: 'sent',
    sends: 1,
    sentAt: now,
    nextQueryAt: now + 30_000,
    ttl: undefined,
    notFoundAt: undefined,
    reason: null,
    code: null,
  } as const;
  if (!record) {
    if (continues !== undefined) return refused(record, 'step-out-of-order');
    const after = { ...sent, caller, subject, version: 1, challenge: undefined };
    return { took: 'T1', after, told: 'mine' };
  }
  if (record.attemptId === attemptId) return refused(record, 'mine');
  const again: Essence = { ...record, ...sent, version: record.version + 1 };
  const foreign = record.caller !== caller;
  if (foreign) return refused(record, continues === undefined ? 'order-payload-mismatch' : 'step-out-of-order');
  if (continues === record.operation) {
    const { challenge, state } = record;
    if (state !== 'succeeded' || !challenge || challenge.issuedAt <= order.oldestChallenge) {
      return refused(record, 'step-out-of-order');
    }
    if (record.subject !== subject) return refused(record, 'order-payload-mismatch');
    return { took: 'T1c', after: again, told: 'mine' };
  }
  if (record.operation !== operation || record.fingerprint !== fingerprint) {
    const asked = continues === undefined && record.challenge?.fingerprint === fingerprint;
    return refused(record, asked ? 'replay-challenge' : 'order-payload-mismatch');
  }
  if (record.ttl !== undefined && record.ttl * 1000 <= now) return refused(record, 'result-expired');
  if (record.state === 'not-processed') return { took: 'T1b', after: again, told: 'mine' };
  const answers: Readonly<Record<OrderState, string>> = {
    sent: now - record.sentAt < 30_000 ? 'order-in-progress' : 'order-outcome-unknown',
    unknown: 'order-outcome-unknown',
    succeeded: 'replay',
    rejected: 'replay',
    'not-processed': '',
    'not-charged': 'order-not-charged',
    unresolved: 'order-unresolved',
  };
  return refused(record, answers[record.state]);
}

/** What an owner does. */
export type OwnersWrite =
  | { readonly kind: 'resend'; readonly ticketGeneration: number }
  | {
      readonly kind: 'end';
      readonly state: 'succeeded' | 'rejected';
      readonly code: string;
      readonly challenge: Essence['challenge'];
    }
  | { readonly kind: 'giveUp' | 'notProcessed'; readonly reason: string };

const isOpen = ({ state }: Essence): boolean => state === 'sent' || state === 'unknown';

/** An owner writes. */
export function expectOwner(record: Essence | null, me: string, write: OwnersWrite, now: number): Expected {
  const mine = record?.attemptId === me;
  const none: Expected = { took: null, after: record, told: false };
  if (!record || !mine) return none;
  const took = (name: string, change: Partial<Essence>): Expected => ({
    took: name,
    after: { ...record, ...change, version: record.version + 1 },
    told: true,
  });
  switch (write.kind) {
    case 'resend': {
      const { ticketGeneration } = write;
      if (record.state === 'sent' && record.sends === 1) return took('T4r', { sends: 2, ticketGeneration });
      const done = record.state === 'sent' && record.sends === 2 && record.ticketGeneration === ticketGeneration;
      return { ...none, told: done };
    }
    case 'end': {
      const { state, code, challenge = record.challenge } = write;
      if (isOpen(record)) return took('T4', { state, code, reason: null, challenge, ...over(now) });
      return { ...none, told: record.state === state && record.code === code && record.reason === null };
    }
    case 'giveUp':
      if (record.state === 'sent') return took('T5', { state: 'unknown', reason: write.reason });
      return { ...none, told: record.state === 'unknown' && record.reason === write.reason };
    default:
      if (record.state === 'sent') return took('T6', { state: 'not-processed', reason: write.reason, ...over(now) });
      return { ...none, told: record.state === 'not-processed' && record.reason === write.reason };
  }
}

/** The resolver writes about an order as it has `seen` it. */
export function expectResolver(record: Essence | null, seen: Essence, resolution: Resolution, now: number): Expected {
  const none: Expected = { took: null, after: record, told: false };
  if (!record) return none;
  const unchanged = record.version === seen.version && isOpen(record);
  const took = (name: string, change: Partial<Essence>): Expected =>
    unchanged ? { took: name, after: { ...record, ...change, version: record.version + 1 }, told: true } : none;
  // A repeat of the very write finds what it has left.
  const next = record.version === seen.version + 1 && record.attemptId === seen.attemptId;
  const done = (holds: boolean): Expected => (unchanged ? none : { ...none, told: next && holds });
  switch (resolution.kind) {
    case 'found': {
      const { state, end } = resolution;
      if (unchanged) return took('T7', { state, code: end.code, reason: end.reason, ...over(now) });
      return done(record.state === state);
    }
    case 'over': {
      const { state, reason, askedAt } = resolution;
      if (unchanged && record.sentAt < askedAt - 300_000) return took('T7q', { state, reason, ...over(now) });
      return done(record.state === state && record.reason === reason);
    }
    default: {
      const { nextQueryAt, notFoundAt } = resolution;
      if (unchanged) return took('T7w', { nextQueryAt, notFoundAt });
      return done(record.nextQueryAt === nextQueryAt);
    }
  }
}
