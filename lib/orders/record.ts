/** The record of an order: order data only (class C1), so nothing in it names or shows a person. */
import type { AttributeValue } from '#signing';
import type { Billed } from '../codes/classify.ts';
import type { Result } from '../result/read.ts';

/** The states of an order (reliability, section 4.1). */
export type OrderState = 'sent' | 'unknown' | 'succeeded' | 'rejected' | 'not-processed' | 'not-charged' | 'unresolved';

/** The sparse index of orders without an end, and its only partition. */
export const pendingIndex = { name: 'pending', partition: 'orders' } as const;

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
}

/** An item of the table. */
export type Item = Record<string, AttributeValue>;

/** A plain value as an attribute value; undefined and null have none. */
export function toAttribute(value: unknown): AttributeValue | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'number') return { N: String(value) };
  if (typeof value === 'boolean') return { BOOL: value };
  if (Array.isArray(value)) return { L: value.map((element) => toAttribute(element) ?? { NULL: true }) };
  return { M: toItem(value as Record<string, unknown>) };
}

/** A plain object as an item. */
export function toItem(values: Readonly<Record<string, unknown>>): Item {
  const entries = Object.entries(values).map(([key, value]) => [key, toAttribute(value)] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as Item;
}

function fromAttribute(value: AttributeValue): unknown {
  if (value.S !== undefined) return value.S;
  if (value.N !== undefined) return Number(value.N);
  if (value.BOOL !== undefined) return value.BOOL;
  if (value.L) return value.L.map(fromAttribute);
  return value.M ? fromItem(value.M) : null;
}

/** An item as a plain object. */
export function fromItem(item: Item): Record<string, unknown> {
  return Object.fromEntries(Object.entries(item).map(([key, value]) => [key, fromAttribute(value)]));
}

/** An item as the record of an order; what an item lacks is null where a record promises a value. */
export function toRecord(item: Item): OrderRecord {
  const blank: OrderEnd = { code: null, bizSeqNo: null, at: null, outcome: null, reason: null, billed: 'unknown' };
  const { challenge, ...values } = fromItem(item) as Partial<OrderRecord>;
  return { ...blank, ...values, ...(challenge ? { challenge: { ...blank, ...challenge } } : {}) } as OrderRecord;
}
