/** The resolver: once a minute it asks about orders that have no end (reliability: IDM-7). It never buys. */
import { errorFields } from '../log.ts';
import type { Operation } from '../operation.ts';
import { afterFailure, type Resolution, withoutInput, withoutQuery } from '../orders/ladder.ts';
import { type OrderRecord, terminal } from '../orders/record.ts';
import { ownerGone } from '../orders/replay.ts';
import type { Call, Context } from './context.ts';
import { workOff } from './due.ts';
import { close, inquire } from './settle.ts';

/** Orders looked at in one run, and how many of them at the same time; more would outrun the upstream's contract. */
const most = 400;
const lanes = 2;
/** Milliseconds for one order, the reserve of a call included; with less time left no other is begun. */
const perOrder = 8_000;

/** The detail type of the event that tells how an order of unknown outcome has ended. */
export const resolvedEvent = 'Signet Order Resolved';

/** What a run has done. */
export interface Resolved {
  /** Orders that were due. */
  readonly due: number;
  /** Orders that came to an end. */
  readonly ended: number;
  /** Those of them whose outcome will not be known. */
  readonly unresolved: number;
  /** Seconds since the oldest of the due orders was sent. */
  readonly oldest: number;
}

/**
 * One run.
 *
 * @param operations every operation, so that the one of a record and its query can be found
 * @throws what DynamoDB throws while the index is read; a single order that fails is left for the next minute
 */
export async function resolveOrders(
  operations: readonly Operation[],
  call: Pick<Call, 'requestId' | 'remaining'>,
  context: Context,
): Promise<Resolved> {
  const { ledger, log, metrics, now, events } = context;
  const named = new Map(operations.map((operation) => [operation.name, operation]));
  const counts = { due: 0, ended: 0, unresolved: 0, oldest: 0 };

  async function resolveOne(orderNo: string): Promise<void> {
    const record = await ledger.read(orderNo);
    // The index lags behind the table.
    if (!record || terminal.has(record.state) || (record.nextQueryAt ?? 0) > now()) return;
    counts.due += 1;
    counts.oldest = Math.max(counts.oldest, Math.floor((now() - record.sentAt) / 1000));
    const resolution = await resolutionOf(record, named, call, context);
    const { settled } = await close(record, resolution, context);
    if (!settled) return;
    counts.ended += 1;
    if (settled.state === 'unresolved') counts.unresolved += 1;
    // The record is the truth; who listens for events learns of a lost one by asking.
    await events.send(resolvedEvent, settled).catch((error: unknown) => {
      log('error', 'event-not-sent', { orderNo, ...errorFields(error) });
    });
  }

  const until = now();
  await workOff({
    page: (limit, from) => ledger.due(until, limit, from),
    most,
    lanes,
    hasTime: () => call.remaining() >= perOrder,
    work: (orderNo) =>
      resolveOne(orderNo).catch((error: unknown) => {
        log('warn', 'order-not-looked-at', { orderNo, fault: (error as Error).name });
      }),
  });
  metrics?.({ OrdersDue: counts.due, OldestUnknownOrder: counts.oldest });
  return counts;
}

async function resolutionOf(
  record: OrderRecord,
  named: ReadonlyMap<string, Operation>,
  call: Pick<Call, 'requestId' | 'remaining'>,
  context: Context,
): Promise<Resolution> {
  const { now, breaker } = context;
  const { orderNo, sentAt, caller } = record;
  if (now() - sentAt < ownerGone)
    return { kind: 'wait', nextQueryAt: sentAt + ownerGone, notFoundAt: record.notFoundAt };
  const operation = named.get(record.operation);
  const query = operation?.order.kind === 'creates' ? named.get(operation.order.query ?? '') : undefined;
  // An operation of a later version of Signet has a query that this one does not know.
  if (!operation || query?.order.kind === 'traces') return withoutInput(record, now());
  if (!query) return withoutQuery(record, now());

  const pass = breaker?.enter(query.name);
  if (pass === null) return afterFailure(record, now());
  const endsAt = now() + perOrder;
  const remaining = () => Math.min(call.remaining(), endsAt - now());
  const asking: Call = { requestId: call.requestId, caller, input: null, remaining };
  const inquiry = { record, operation, query, request: { orderNo } };
  const { resolution, answered } = await inquire(inquiry, asking, context);
  pass?.settle(answered ? 'answered' : 'unknown');
  return resolution;
}
