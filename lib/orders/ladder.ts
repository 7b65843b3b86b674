/** When an order without an end is asked about, and what the answers prove (reliability: IDM-7, IDM-8). Pure. */
import type { OrderEnd, OrderRecord } from './record.ts';

const seconds = 1_000;
const minutes = 60 * seconds;
const hours = 60 * minutes;

/** Milliseconds after `sentAt` at which an order is asked about. */
export const rungs = [30, 60, 120, 300, 360].map((rung) => rung * seconds);
/** Before this age "not found" may only mean that the request is still travelling. */
export const quarantine = 5 * minutes;
/** Two answers of "not found" must be so far apart. */
const apart = 60 * seconds;
/** How often a query that fails is tried again, and for how long; the upstream keeps results for three days. */
const again = 5 * minutes;
const longest = 60 * hours;
/** How often an order shows up that only its caller can have resolved. */
const reminder = hours;

/** What T7 does to an order. Times are epoch milliseconds. */
export type Resolution =
  | { readonly kind: 'found'; readonly state: 'succeeded' | 'rejected'; readonly end: OrderEnd }
  | {
      readonly kind: 'over';
      readonly state: 'not-charged' | 'unresolved';
      readonly reason: 'not-found' | 'not-found-proves-nothing' | 'no-query' | 'query-failed';
      /** When the question was asked that decided. */
      readonly askedAt: number;
    }
  | { readonly kind: 'wait'; readonly nextQueryAt: number; readonly notFoundAt?: number };

/** The part of a record that decides. */
export type Waiting = Pick<OrderRecord, 'sentAt' | 'notFoundAt'>;

const unresolved = (reason: 'not-found-proves-nothing' | 'no-query' | 'query-failed', askedAt: number): Resolution => ({
  kind: 'over',
  state: 'unresolved',
  reason,
  askedAt,
});

const nextRung = ({ sentAt }: Waiting, now: number): number =>
  rungs.map((rung) => sentAt + rung).find((at) => at > now) ?? now + again;

/**
 * "Not found": believed when it was answered twice, a minute apart, to questions asked after the quarantine.
 *
 * @param proves whether it means that nothing was bought; if not, the order ends as unresolved
 * @param answeredAt when this answer was there; it counts from then on, but its question from `askedAt`
 */
export function afterNotFound(order: Waiting, proves: boolean, askedAt: number, answeredAt: number): Resolution {
  const { sentAt, notFoundAt } = order;
  const age = askedAt - sentAt;
  // Results are gone one day: then "not found" says nothing any more.
  if (age >= longest) return unresolved('query-failed', askedAt);
  if (age <= quarantine) return { kind: 'wait', nextQueryAt: nextRung(order, askedAt), notFoundAt };
  if (notFoundAt === undefined) return { kind: 'wait', nextQueryAt: answeredAt + apart, notFoundAt: answeredAt };
  if (askedAt - notFoundAt < apart) return { kind: 'wait', nextQueryAt: notFoundAt + apart, notFoundAt };
  return proves
    ? { kind: 'over', state: 'not-charged', reason: 'not-found', askedAt }
    : unresolved('not-found-proves-nothing', askedAt);
}

/** No answer to the question: the ladder stays where it is. */
export function afterFailure({ sentAt, notFoundAt }: Waiting, askedAt: number): Resolution {
  if (askedAt - sentAt >= longest) return unresolved('query-failed', askedAt);
  return { kind: 'wait', nextQueryAt: Math.min(askedAt + again, sentAt + longest), notFoundAt };
}

/** An operation without a query. */
export function withoutQuery({ sentAt, notFoundAt }: Waiting, now: number): Resolution {
  if (now - sentAt > quarantine) return unresolved('no-query', now);
  return { kind: 'wait', nextQueryAt: sentAt + quarantine + 1, notFoundAt };
}

/** A query that needs the caller's input: it is asked when the caller repeats the order. */
export function withoutInput({ sentAt, notFoundAt }: Waiting, now: number): Resolution {
  if (now - sentAt >= longest) return unresolved('no-query', now);
  return { kind: 'wait', nextQueryAt: Math.min(now + reminder, sentAt + longest), notFoundAt };
}
