/** The record of an order: order data only (class C1), so nothing in it names or shows a person. */
import type { Billed } from '../codes/classify.ts';
import type { Result } from '../result/read.ts';
import { fromItem, type Item } from '../store/attributes.ts';

/** The states of an order (reliability, section 4.1). */
export type OrderState = 'sent' | 'unknown' | 'succeeded' | 'rejected' | 'not-processed' | 'not-charged' | 'unresolved';

/** States that an order does not leave, except that `not-processed` may run again and a challenge may be continued. */
export const terminal: ReadonlySet<OrderState> = new Set([
  'succeeded',
  'rejected',
  'not-processed',
  'not-charged',
  'unresolved',
]);

/** How an order ended, as far as it is known. */
export interface OrderEnd {
  readonly code: string | null;
  readonly bizSeqNo: string | null;
  /** ISO time of the upstream's answer. */
  readonly at: string | null;
  readonly outcome: string | null;
  readonly reason: string | null;
  readonly billed: Billed;
  /** The problem that the caller got, when the order was rejected. */
  readonly problem?: string;
  /** The part of the result that is order data: scores, digits, warnings. */
  readonly result?: Result;
  /** Where pictures of the result are kept for a day, by the field that they belong to. */
  readonly pictures?: Readonly<Record<string, readonly string[]>>;
}

/** What remains of a challenge when its record has become that of the verify step. */
export interface Challenge extends OrderEnd {
  readonly fingerprint: string;
  /** Epoch milliseconds. */
  readonly issuedAt: number;
}

/** One order. Times are epoch milliseconds of our own clock, `ttl` epoch seconds. */
export interface OrderRecord extends OrderEnd {
  readonly orderNo: string;
  readonly operation: string;
  readonly caller: string;
  readonly state: OrderState;
  readonly attemptId: string;
  /** Keyed HMAC of the canonical input. */
  readonly fingerprint: string;
  /** Keyed HMAC of the ID number. */
  readonly subject?: string;
  readonly profile: string;
  readonly createdAt: number;
  readonly sentAt: number;
  readonly endedAt?: number;
  readonly sends: number;
  readonly ticketGeneration: number;
  readonly version: number;
  readonly ttl?: number;
  readonly nextQueryAt?: number;
  readonly notFoundAt?: number;
  readonly challenge?: Challenge;
  /** Staged files that are deleted with the end of the order. */
  readonly media?: readonly string[];
  /** The verification that the order is a step of, as `verification#<id>`. */
  readonly holder?: string;
}

/** An item as the record of an order; what an item lacks is null where a record promises a value. */
export function toRecord(item: Item): OrderRecord {
  const blank: OrderEnd = { code: null, bizSeqNo: null, at: null, outcome: null, reason: null, billed: 'unknown' };
  const { challenge, ...values } = fromItem(item) as Partial<OrderRecord>;
  return { ...blank, ...values, ...(challenge ? { challenge: { ...blank, ...challenge } } : {}) } as OrderRecord;
}
