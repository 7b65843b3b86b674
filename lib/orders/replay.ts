/** What a record says to a call that comes with its number. Pure: the ledger and its tests share it. */
import type { Challenge, OrderRecord } from './record.ts';

/** A call that wants to buy. */
export interface Attempt {
  readonly attemptId: string;
  readonly operation: string;
  readonly caller: string;
  /** Whether an order of another caller is none of this one's. */
  readonly isolated: boolean;
  readonly fingerprint: string;
  readonly subject?: string;
  /** The operation whose order this one takes over. */
  readonly continues?: string;
  /** Oldest issue time of a challenge that may still be continued, epoch milliseconds. */
  readonly oldestChallenge: number;
}

/** What to do. */
export type Verdict =
  /** The record is of this very attempt: go on. */
  | { readonly kind: 'mine' }
  /** Take it over: run again (T1b), or continue its challenge (T1c). */
  | { readonly kind: 'rerun' | 'continue'; readonly record: OrderRecord }
  /** It is over: answer from the record. */
  | { readonly kind: 'replay'; readonly record: OrderRecord }
  /** The challenge of a record that has gone on. */
  | { readonly kind: 'replay-challenge'; readonly record: OrderRecord; readonly challenge: Challenge }
  | { readonly kind: 'refuse'; readonly problem: Refusal; readonly record?: OrderRecord };

/** The problems that a record can be. */
export type Refusal =
  | 'order-payload-mismatch'
  | 'order-in-progress'
  | 'order-outcome-unknown'
  | 'order-not-charged'
  | 'order-unresolved'
  | 'step-out-of-order'
  | 'result-expired';

/** Lambda ends a function after 28 s; its owner is surely gone after 30. */
export const ownerGone = 30_000;

const refuse = (problem: Refusal, record?: OrderRecord): Verdict => ({ kind: 'refuse', problem, record });

/** Decides what a record means for an attempt at `now` (epoch milliseconds). */
export function decideReplay(record: OrderRecord | null, attempt: Attempt, now: number): Verdict {
  if (!record) return refuse('step-out-of-order');
  if (record.attemptId === attempt.attemptId) return { kind: 'mine' };
  const foreign = attempt.isolated && record.caller !== attempt.caller;
  // To a continuing step a foreign order is what an unknown one is, whatever it holds.
  if (foreign && attempt.continues !== undefined) return refuse('step-out-of-order');
  if (attempt.continues === record.operation) return decideContinuation(record, attempt);
  const { challenge } = record;
  if (foreign || record.operation !== attempt.operation || record.fingerprint !== attempt.fingerprint) {
    const asked = !foreign && challenge?.fingerprint === attempt.fingerprint;
    if (asked && attempt.continues === undefined) return { kind: 'replay-challenge', record, challenge };
    return refuse('order-payload-mismatch');
  }
  if (record.ttl !== undefined && record.ttl * 1000 <= now) return refuse('result-expired', record);
  switch (record.state) {
    case 'sent':
      return refuse(now - record.sentAt < ownerGone ? 'order-in-progress' : 'order-outcome-unknown', record);
    case 'unknown':
      return refuse('order-outcome-unknown', record);
    case 'not-processed':
      return { kind: 'rerun', record };
    case 'not-charged':
      return refuse('order-not-charged', record);
    case 'unresolved':
      return refuse('order-unresolved', record);
    default:
      return { kind: 'replay', record };
  }
}

function decideContinuation(record: OrderRecord, attempt: Attempt): Verdict {
  const { challenge } = record;
  if (record.state !== 'succeeded' || !challenge || challenge.issuedAt <= attempt.oldestChallenge) {
    return refuse('step-out-of-order');
  }
  if (record.subject !== attempt.subject) return refuse('order-payload-mismatch');
  return { kind: 'continue', record };
}
